import type { Clock } from '@worker-host/core';
import type { EmbeddedDatabase } from './database.js';
import { isDatabaseFailure } from './database-errors.js';
import { whenFree } from './when-free.js';

/** Most writes in one transaction. */
const MOST_AT_ONCE = 500;

/** A kind of write that is done for several requests with the same statements. */
export interface BatchWrite<Request, Answer> {
  /** Requests with the same key are done one after the other. */
  keyOf(request: Request): unknown;
  /** Does all of it within the transaction. Returns the answers in the order of the requests. */
  act(requests: readonly Request[]): readonly Answer[];
}

/** Writes that have nothing in common. */
const CALLS: BatchWrite<() => unknown, unknown> = {
  keyOf: (call) => call,
  act: (calls) => calls.map((call) => call()),
};

/** A write that waits for the next transaction. */
interface WaitingWrite {
  readonly kind: BatchWrite<unknown, unknown>;
  readonly request: unknown;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes that are asked for at the same time share one transaction, so that one sync of the disk serves all of them; those of
 * one kind that follow each other share their statements. None is answered before all are on the disk. Where one of them fails,
 * each is done again in a transaction of its own: an act may be called more than once, and changes nothing but the database.
 */
export class GroupCommit {
  #waiting: WaitingWrite[] = [];
  #isWriting = false;

  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly clock: Clock,
  ) {}

  /**
   * Does a write, in the order in which writes were asked for.
   *
   * @throws what the act throws, or what keeps the transaction from being stored; then nothing of it is.
   */
  async write<T>(act: () => T, signal?: AbortSignal): Promise<T> {
    return (await this.writeBatched(CALLS, act, signal)) as T;
  }

  /** As {@link write}, together with requests of the same kind. */
  async writeBatched<Request, Answer>(
    kind: BatchWrite<Request, Answer>,
    request: Request,
    signal?: AbortSignal,
  ): Promise<Answer> {
    signal?.throwIfAborted();
    return await new Promise<Answer>((resolve, reject) => {
      this.#waiting.push({ kind, request, signal, resolve, reject } as unknown as WaitingWrite);
      if (!this.#isWriting) void this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      // What is asked for within this turn of the event loop goes along.
      await new Promise((resolve) => setImmediate(resolve));
      await this.#writeGroup(this.#waiting.splice(0, MOST_AT_ONCE));
    }
    this.#isWriting = false;
  }

  async #writeGroup(group: readonly WaitingWrite[]): Promise<void> {
    const [only, ...others] = group;
    let failed: unknown;
    const act = (): readonly (() => void)[] => {
      failed = undefined;
      return this.database.write(() => {
        try {
          for (const { signal } of group) signal?.throwIfAborted();
          return batchesOf(group).flatMap(answersOf);
        } catch (error) {
          failed = error;
          throw error;
        }
      });
    };
    try {
      const answers = await whenFree(this.clock, act, others.length === 0 ? only?.signal : undefined);
      for (const answer of answers) answer();
    } catch (error) {
      // Only what an act has thrown is known to have left nothing: the failure of a commit may come after it.
      if (others.length > 0 && error === failed && !isDatabaseFailure(error))
        for (const each of group) await this.#writeGroup([each]);
      else for (const { reject } of group) reject(error);
    }
  }
}

/** Writes of one kind that follow each other, each key once. */
function batchesOf(group: readonly WaitingWrite[]): readonly (readonly WaitingWrite[])[] {
  const batches: WaitingWrite[][] = [];
  const keys = new Set<unknown>();
  for (const each of group) {
    const batch = batches.at(-1);
    const key = each.kind.keyOf(each.request);
    if (batch === undefined || batch[0]?.kind !== each.kind || keys.has(key)) {
      batches.push([each]);
      keys.clear();
    } else batch.push(each);
    keys.add(key);
  }
  return batches;
}

function answersOf(batch: readonly WaitingWrite[]): readonly (() => void)[] {
  const answers = batch[0]?.kind.act(batch.map(({ request }) => request)) ?? [];
  return batch.map(
    ({ resolve }, index) =>
      () =>
        resolve(answers[index]),
  );
}
