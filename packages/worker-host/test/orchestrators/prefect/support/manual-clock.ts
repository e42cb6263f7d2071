import { FakeClock } from '@worker-host/testing';

/** A clock that advances only on request, and records the requested delays. */
export class ManualClock extends FakeClock {
  /** Every requested delay, in order. */
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
