import { FakeClock as FakeClockOfKit } from '@worker-host/testing';

/** A clock that advances only on request, starting at a round time. */
export class FakeClock extends FakeClockOfKit {
  constructor(nowMs = Date.parse('2026-01-01T00:00:00Z')) {
    super({ nowMs });
  }
}
