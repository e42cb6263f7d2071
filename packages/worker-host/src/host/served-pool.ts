import { isJsonObject, type JsonObject, type WorkerPlugin, type WorkPool } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { WorkPoolTypeMismatchError } from './run/run-errors.js';
import { HOST_TOKENS } from './tokens.js';

/** The served pool, as last read. */
@injectable()
export class ServedPool {
  #workPool: WorkPool | null = null;
  #wasSeen = false;

  constructor(
    @inject(HOST_TOKENS.Plugin) private readonly plugin: WorkerPlugin,
    @inject(HOST_TOKENS.DefaultTemplate) private readonly defaultTemplate: JsonObject,
  ) {}

  /** Null: not read yet, or deleted. */
  get current(): WorkPool | null {
    return this.#workPool;
  }

  /** True: it existed, and was deleted. */
  get isGone(): boolean {
    return this.#wasSeen && this.#workPool === null;
  }

  /** Template from which runs are rendered: the default one while the pool has none. */
  get template(): JsonObject {
    const own = this.#workPool?.baseJobTemplate;
    return isJsonObject(own) && Object.keys(own).length > 0 ? own : this.defaultTemplate;
  }

  /** @throws WorkPoolTypeMismatchError if the pool has another type than the worker. */
  accept(workPool: WorkPool | null): void {
    if (workPool !== null && workPool.type !== this.plugin.type)
      throw new WorkPoolTypeMismatchError(workPool.name, workPool.type, this.plugin.type);
    this.#workPool = workPool;
    this.#wasSeen ||= workPool !== null;
  }
}
