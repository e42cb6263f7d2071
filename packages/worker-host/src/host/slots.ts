/** A place among the runs alive. */
export interface Slot {
  /** Gives it back. Safe to call twice. */
  release(): void;
}

/** Counts the runs alive against `--limit`. */
export class Slots {
  #taken = 0;

  constructor(
    /** Null: as many as there are. */
    readonly limit: number | null,
  ) {}

  get taken(): number {
    return this.#taken;
  }

  /** Null: no limit. Never below 0, though runs that were taken up may exceed the limit. */
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
