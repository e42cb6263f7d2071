import { FakeClock } from '@worker-host/testing';

/** A clock that stands still until a test moves it, and remembers the waits that were asked for. */
export class ManualClock extends FakeClock {
  /** Every wait that was asked for, in order. */
  readonly waitsMs: number[] = [];

  constructor() {
    super({ nowMs: Date.parse('2027-01-01T00:00:00Z') });
  }

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.waitsMs.push(ms);
    return super.sleep(ms, signal);
  }
}

export { settle } from '@worker-host/testing';
