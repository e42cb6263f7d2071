import { FakeClock as FakeClockOfKit } from '@worker-host/testing';

/** Time that stands still until it is moved, from a round moment on. */
export class FakeClock extends FakeClockOfKit {
  constructor(nowMs = Date.parse('2026-01-01T00:00:00Z')) {
    super({ nowMs });
  }
}
