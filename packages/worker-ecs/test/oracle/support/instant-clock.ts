import type { Clock } from '@worker-host/core';

/** A clock that skips every sleep. */
export class InstantClock implements Clock {
  #nowMs = Date.parse('2026-01-01T00:00:00Z');

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  random(): number {
    return 0.5;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#nowMs += Math.max(0, ms);
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  }
}
