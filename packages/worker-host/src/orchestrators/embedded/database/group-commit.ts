import type { Clock } from '@worker-host/core';
import type { EmbeddedDatabase } from './database.js';
import { isDatabaseFailure } from './database-errors.js';
import { whenFree } from './when-free.js';

/** Most writes in one transaction. */
const MOST_AT_ONCE = 500;

/** A write that waits for the next transaction. */
interface WaitingWrite {
  readonly signal: AbortSignal | undefined;
  /** Does it within the transaction; what it returns answers its caller once that is on the disk. */
  readonly act: () => () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes that are asked for at the same time share one transaction, so that one sync of the disk serves all of them. None is
 * answered before all are on the disk. Where one of them fails, each is done again in a transaction of its own: an act may be
 * called more than once, and changes nothing but the database.
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
    signal?.throwIfAborted();
    return await new Promise<T>((resolve, reject) => {
      const answer = (): (() => void) => {
        signal?.throwIfAborted();
        const result = act();
        return () => resolve(result);
      };
      this.#waiting.push({ signal, act: answer, reject });
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
      return this.database.write(() =>
        group.map((each) => {
          try {
            return each.act();
          } catch (error) {
            failed = error;
            throw error;
          }
        }),
      );
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
