import { isJsonObject, type JsonObject, type WorkPool } from '@worker-host/core';
import { WorkPoolTypeMismatchError } from './run-errors.js';

/** The pool that is served, as it was last read. */
export class HostPool {
  #workPool: WorkPool | null = null;
  #wasSeen = false;

  constructor(
    private readonly workerType: string,
    private readonly defaultTemplate: JsonObject,
  ) {}

  /** Null: not read yet, or gone. */
  get current(): WorkPool | null {
    return this.#workPool;
  }

  /** True: it was there once, and is no more. */
  get isGone(): boolean {
    return this.#wasSeen && this.#workPool === null;
  }

  /** The template runs are rendered from: the default one while the pool has none. */
  get template(): JsonObject {
    const own = this.#workPool?.baseJobTemplate;
    return isJsonObject(own) && Object.keys(own).length > 0 ? own : this.defaultTemplate;
  }

  /** @throws WorkPoolTypeMismatchError where the pool is of another type than the worker. */
  accept(workPool: WorkPool | null): void {
    if (workPool !== null && workPool.type !== this.workerType)
      throw new WorkPoolTypeMismatchError(workPool.name, workPool.type, this.workerType);
    this.#workPool = workPool;
    this.#wasSeen ||= workPool !== null;
  }
}
