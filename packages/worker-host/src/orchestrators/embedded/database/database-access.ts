import { type Clock, OrchestratorUnavailableError } from '@worker-host/core';
import type { EmbeddedDatabase } from './database.js';
import { DatabaseLockedError, DiskFullError } from './database-errors.js';
import { type BatchWrite, GroupCommit } from './group-commit.js';
import { whenFree } from './when-free.js';

/** Calls of the control plane to the database: they wait for locks, and fail as the port states. */
export class DatabaseAccess {
  readonly #group: GroupCommit;

  constructor(
    readonly database: EmbeddedDatabase,
    readonly clock: Clock,
  ) {
    this.#group = new GroupCommit(database, clock);
  }

  /**
   * Runs an action on the database, again while another process holds the lock.
   *
   * @param what the operation, for the error.
   * @throws OrchestratorUnavailableError for a lock that lasts and a full disk; anything else as it was thrown.
   */
  async call<T>(what: string, act: () => T, signal?: AbortSignal): Promise<T> {
    return await this.#named(what, () => whenFree(this.clock, act, signal));
  }

  /** As {@link call}, for a write, which shares its transaction with others that are asked for at the same time. */
  async write<T>(what: string, act: () => T, signal?: AbortSignal): Promise<T> {
    return await this.#named(what, () => this.#group.write(act, signal));
  }

  /** As {@link write}, with the statements of other requests of the kind. */
  async writeBatched<Request, Answer>(
    what: string,
    kind: BatchWrite<Request, Answer>,
    request: Request,
    signal?: AbortSignal,
  ): Promise<Answer> {
    return await this.#named(what, () => this.#group.writeBatched(kind, request, signal));
  }

  async #named<T>(what: string, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof DatabaseLockedError) && !(error instanceof DiskFullError)) throw error;
      throw new OrchestratorUnavailableError(what, this.database.path, { cause: error });
    }
  }
}
