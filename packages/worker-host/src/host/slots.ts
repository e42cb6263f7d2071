import { inject, injectable } from 'tsyringe';
import type { WorkerHostSettings } from './settings.js';
import { HOST_TOKENS } from './tokens.js';

/** A place among the active runs. */
export interface Slot {
  /** Gives it back. Safe to call twice. */
  release(): void;
}

/** Counts the active runs against `--limit`. */
@injectable()
export class Slots {
  /** Null: no limit. */
  readonly limit: number | null;
  #taken = 0;

  constructor(@inject(HOST_TOKENS.Settings) { limit }: Pick<WorkerHostSettings, 'limit'>) {
    this.limit = limit;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Null: no limit. Never below 0, though runs that were resumed may exceed the limit. */
  get free(): number | null {
    return this.limit === null ? null : Math.max(0, this.limit - this.#taken);
  }

  /** Null: all are taken. */
  tryTake(): Slot | null {
    return this.free === 0 ? null : this.take();
  }

  /** Takes one even beyond the limit: for a run that lives already and only needs to be watched. */
  take(): Slot {
    this.#taken += 1;
    let isHeld = true;
    return {
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#taken -= 1;
      },
    };
  }
}
