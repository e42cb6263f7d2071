import { isJsonObject, type JsonObject, type WorkerPlugin, type WorkPool } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { WorkPoolTypeMismatchError } from './run/run-errors.js';
import { HOST_TOKENS } from './tokens.js';

/** The pool that is served, as it was last read. */
@injectable()
export class ServedPool {
  #workPool: WorkPool | null = null;
  #wasSeen = false;

  constructor(
    @inject(HOST_TOKENS.Plugin) private readonly plugin: WorkerPlugin,
    @inject(HOST_TOKENS.DefaultTemplate) private readonly defaultTemplate: JsonObject,
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
    if (workPool !== null && workPool.type !== this.plugin.type)
      throw new WorkPoolTypeMismatchError(workPool.name, workPool.type, this.plugin.type);
    this.#workPool = workPool;
    this.#wasSeen ||= workPool !== null;
  }
}
