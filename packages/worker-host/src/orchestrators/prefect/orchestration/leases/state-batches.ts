import { randomUUID } from 'node:crypto';
import type { StateAnswer, StateProposal, StateType } from '@worker-host/core';
import type { ApiOrchestrationResult } from '../../api/api-types.js';
import { MOST_IN_BULK } from '../../api/bulk-states.js';
import type { PrefectApi } from '../../api/prefect-api.js';
import { sharedStateBody } from './state-proposal.js';

/** The same state proposed for several runs, in one request. */
export interface SentBatch {
  /** In the details of the state. */
  readonly transitionId: string;
  /** When the request started (monotonic milliseconds). */
  readonly beganAtMs: number;
}

/** A run for which a state is proposed, perhaps together with others. */
export interface BatchMember {
  readonly flowRunId: string;
  readonly proposal: StateProposal;
  /** Confirms that the state may be proposed now. */
  confirm(): Promise<void>;
  /** Proposes the state in a request of its own, unless it was set by a batch. */
  alone(): Promise<StateAnswer>;
  /** The state is in a request that is about to be sent. */
  sent(batch: SentBatch): void;
  /** The request was not executed. */
  unsent(batch: SentBatch): void;
  answered(result: ApiOrchestrationResult, batch: SentBatch): StateAnswer;
  /** Unknown whether the state was set. Returns the error of the member. */
  failed(error: unknown, batch: SentBatch): unknown;
}

interface Waiting {
  readonly member: BatchMember;
  readonly resolve: (answer: StateAnswer | Promise<StateAnswer>) => void;
  readonly reject: (error: unknown) => void;
}

const BATCHES_AT_ONCE = 2;
/** Types of the states that may be replaced. A run in another state is judged in a request of its own. */
const FROM: readonly StateType[] = ['SCHEDULED', 'PENDING', 'RUNNING'];

/**
 * Proposes the same final state for several runs in one request, if they are proposed while others are under way: a hundred
 * tasks that end at the same time take few requests. A run that is proposed alone has a request of its own.
 *
 * Only for states without details of their own: while it handles such a request, the server writes what it adds to the details
 * of one run, such as its concurrency lease, into those of the next ones.
 */
export class StateBatches {
  #waiting: Waiting[] = [];
  #underWay = 0;

  constructor(
    private readonly api: Pick<PrefectApi, 'bulkStates'>,
    private readonly monotonicMs: () => number,
  ) {}

  propose(member: BatchMember): Promise<StateAnswer> {
    if (!this.api.bulkStates.isSupported) return member.alone();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ member, resolve, reject });
      // Runs of one turn are proposed together.
      queueMicrotask(() => this.#begin());
    });
  }

  #begin(): void {
    while (this.#underWay < BATCHES_AT_ONCE && this.#waiting.length > 0) {
      this.#underWay += 1;
      void this.#send(this.#next()).finally(() => {
        this.#underWay -= 1;
        this.#begin();
      });
    }
  }

  /** Takes the first that waits, with others of the same state. */
  #next(): readonly Waiting[] {
    const [first] = this.#waiting;
    const alike = this.#waiting.filter(({ member }) => isSameState(member, first?.member));
    const taken = new Set(alike.slice(0, MOST_IN_BULK));
    this.#waiting = this.#waiting.filter((each) => !taken.has(each));
    return [...taken];
  }

  async #send(taken: readonly Waiting[]): Promise<void> {
    const confirmed = taken.length > 1 ? await confirmedOf(taken) : taken;
    const [first, ...others] = confirmed;
    if (first === undefined) return;
    if (others.length === 0) await alone(first);
    else await this.#sendTogether(confirmed, first.member.proposal);
  }

  async #sendTogether(together: readonly Waiting[], proposal: StateProposal): Promise<void> {
    const batch: SentBatch = { transitionId: randomUUID(), beganAtMs: this.monotonicMs() };
    const ids = together.map(({ member }) => member.flowRunId);
    for (const { member } of together) member.sent(batch);
    try {
      const state = sharedStateBody(proposal, batch.transitionId);
      const results = await this.api.bulkStates.propose({ ids, from: FROM, state });
      if (results === null) for (const { member } of together) member.unsent(batch);
      await Promise.all(
        together.map(async (each) => {
          const result = results?.get(each.member.flowRunId);
          if (result === undefined) await alone(each);
          else each.resolve(answerOf(each.member, result, batch));
        }),
      );
    } catch (error) {
      for (const { member, reject } of together) reject(member.failed(error, batch));
    }
  }
}

/** Rejects those that may not be proposed. */
async function confirmedOf(taken: readonly Waiting[]): Promise<readonly Waiting[]> {
  const confirmed = await Promise.all(
    taken.map(async (each) => {
      try {
        await each.member.confirm();
        return [each];
      } catch (error) {
        each.reject(error);
        return [];
      }
    }),
  );
  return confirmed.flat();
}

async function alone({ member, resolve, reject }: Waiting): Promise<void> {
  await member.alone().then(resolve, reject);
}

/** An answer that ends the lease rejects only its own run. */
async function answerOf(member: BatchMember, result: ApiOrchestrationResult, batch: SentBatch): Promise<StateAnswer> {
  return member.answered(result, batch);
}

function isSameState({ proposal }: BatchMember, other: BatchMember | undefined): boolean {
  const { type, name, message } = proposal;
  return type === other?.proposal.type && name === other.proposal.name && message === other.proposal.message;
}
