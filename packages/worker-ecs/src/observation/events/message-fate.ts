import type { QueueTraits } from './queue-traits.js';

/**
 * Whose event a message is.
 *
 * - `own`: of a task that this worker watches or watched.
 * - `sibling`: of a task that another worker of this pool launched, as its tags say.
 * - `kin`: of a task that some worker-host launched; which pool's cannot be known any more.
 * - `foreign`: anything else, also what is no event at all.
 */
export type MessageOwner = 'own' | 'sibling' | 'kin' | 'foreign';

/** What is known of a message when its fate is decided. */
export interface MessageFacts {
  readonly owner: MessageOwner;
  /** True: the event says that its task has stopped. */
  readonly isEnd: boolean;
  /** Receives so far, this one included. */
  readonly receiveCount: number;
  /** Since it was sent. */
  readonly ageMs: number;
}

/** What is done with a message: it is deleted, or hidden for so long and offered again. */
export type MessageFate = 'delete' | { readonly hideSeconds: number };

const LONGEST_HIDE_SECONDS = 43_200;
/** An event is a hint to poll a task. After so long every live worker has polled the task since the event was sent. */
const VOID_AFTER_MS = 10 * 60_000;
const SIBLING_OFFERS_MS = 60_000;
const SIBLING_OFFERS = 4;
/** With 12 h of hiding a message meets fewer receives than this before any retention ends. */
const PLENTY_OF_RECEIVES = 100;

/** True: a message that nobody takes would reach the dead letter queue, or block its group, if it were read on and on. */
export function isFragile({ maxReceiveCount, isFifo }: QueueTraits): boolean {
  return isFifo || (maxReceiveCount !== null && maxReceiveCount < PLENTY_OF_RECEIVES);
}

/** False: each receive is the last one, so that a message of somebody else could not be given back. */
export function isReadable({ maxReceiveCount }: QueueTraits): boolean {
  return maxReceiveCount === null || maxReceiveCount > 1;
}

/**
 * Decides what becomes of a message that has been dealt with.
 *
 * Events are hints: each worker polls its tasks, and an event makes it poll sooner. An event of the own pool may therefore
 * be deleted by whichever worker of the pool receives it; the end of a sibling's task is offered to the siblings first. An
 * event of another program is never deleted: it goes back at once while receives are left, and is hidden for as long as
 * SQS allows before its last one but one, so that no worker of ours makes it reach the limit.
 */
export function fateOf(facts: MessageFacts, traits: QueueTraits): MessageFate {
  const { owner, isEnd, receiveCount, ageMs } = facts;
  const isAtEdge = traits.maxReceiveCount !== null && receiveCount >= traits.maxReceiveCount - 1;
  switch (owner) {
    case 'own':
      return 'delete';
    case 'sibling':
      if (!isEnd || isAtEdge || ageMs >= SIBLING_OFFERS_MS || receiveCount >= SIBLING_OFFERS) return 'delete';
      return { hideSeconds: receiveCount };
    case 'kin':
      if (ageMs >= VOID_AFTER_MS) return 'delete';
      return { hideSeconds: isAtEdge ? untilVoidSeconds(ageMs) : Math.min(30 * receiveCount, untilVoidSeconds(ageMs)) };
    case 'foreign':
      if (isAtEdge) return { hideSeconds: LONGEST_HIDE_SECONDS };
      return { hideSeconds: receiveCount <= 2 ? 0 : Math.min(LONGEST_HIDE_SECONDS, 30 * 2 ** (receiveCount - 3)) };
  }
}

function untilVoidSeconds(ageMs: number): number {
  return Math.max(1, Math.ceil((VOID_AFTER_MS - ageMs) / 1000));
}
