import { inject, injectable } from 'tsyringe';
import { HOST_TOKENS } from './tokens.js';
import type { WorkerHostSettings } from './worker-host-settings.js';

/** A slot for an active run. */
export interface Slot {
  /** Frees it. Safe to call twice. */
  release(): void;
}

/** Limits the active runs of a worker. */
export interface RunSlots {
  /** Maximum number of active runs, for people. Null: no limit. */
  readonly limit: number | null;
  readonly taken: number;
  /** Number of free slots. Null: no limit. Never below 0, although resumed runs can exceed the limit. */
  readonly free: number | null;
  /** Reserves a slot for a run to claim. Null: none is free. */
  tryTake(): Slot | null;
  /** Reserves a slot even beyond the limit, for a running job that only needs to be watched. */
  take(): Slot;
}

/** Counts the active runs against `--limit`. */
@injectable()
export class Slots implements RunSlots {
  readonly limit: number | null;
  readonly #count = { taken: 0 };

  constructor(@inject(HOST_TOKENS.Settings) { limit }: Pick<WorkerHostSettings, 'limit'>) {
    this.limit = limit;
  }

  get taken(): number {
    return this.#count.taken;
  }

  get free(): number | null {
    return this.limit === null ? null : Math.max(0, this.limit - this.#count.taken);
  }

  tryTake(): Slot | null {
    return this.free === 0 ? null : this.take();
  }

  take(): Slot {
    this.#count.taken += 1;
    return new TakenSlot(this.#count);
  }
}

/** An object rather than a function with variables of its own, because each active run has one. */
class TakenSlot implements Slot {
  #count: { taken: number } | null;

  constructor(count: { taken: number }) {
    this.#count = count;
  }

  release(): void {
    if (this.#count !== null) this.#count.taken -= 1;
    this.#count = null;
  }
}
