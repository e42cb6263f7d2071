import type { QueueTraits } from './queue-traits.js';

/**
 * Whose task an event is about.
 *
 * - `own`: of a task that this worker watches or has watched.
 * - `sibling`: of a task that another worker of this pool launched, according to its tags.
 * - `kin`: of a task that some worker-host launched, of which pool is no longer known.
 * - `foreign`: anything else, also messages that are not events.
 */
export type MessageOwner = 'own' | 'sibling' | 'kin' | 'foreign';

/** Input of the decision about a message. */
export interface MessageFacts {
  readonly owner: MessageOwner;
  /** True: the event reports that its task has stopped. */
  readonly isEnd: boolean;
  /** Number of receives, including this one. */
  readonly receiveCount: number;
  /** Milliseconds since it was sent. */
  readonly ageMs: number;
}

/** Outcome for a message: it is deleted, or hidden for a time and then delivered again. */
export type MessageFate = 'delete' | { readonly hideSeconds: number };

const LONGEST_HIDE_SECONDS = 43_200;
/**
 * An event only causes an earlier poll of a task. After this time every live worker has polled the task since the event was
 * sent.
 */
const VOID_AFTER_MS = 10 * 60_000;
const SIBLING_OFFERS_MS = 60_000;
const SIBLING_OFFERS = 4;
/** With 12 h of hiding, a message has fewer receives than this before its retention ends. */
const PLENTY_OF_RECEIVES = 100;

/** Returns whether repeated reads would move an unclaimed message to the dead-letter queue, or block its message group. */
export function isFragile({ maxReceiveCount, isFifo }: QueueTraits): boolean {
  return isFifo || (maxReceiveCount !== null && maxReceiveCount < PLENTY_OF_RECEIVES);
}

/** Returns false if each receive is the last one, so that a foreign message could not be returned. */
export function isReadable({ maxReceiveCount }: QueueTraits): boolean {
  return maxReceiveCount === null || maxReceiveCount > 1;
}

/**
 * Decides what to do with a processed message.
 *
 * Events are hints: each worker polls its tasks, and an event only makes it poll sooner. An event of the own pool can therefore
 * be deleted by whichever worker of the pool receives it; the end of a sibling's task is offered to the siblings first. An
 * event of another program is never deleted: it is returned immediately while receives are left, and hidden for as long as SQS
 * allows before its second to last one, so that workers do not make it reach the limit.
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
