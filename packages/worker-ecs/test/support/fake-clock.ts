import type { Clock } from '@worker-host/core';

interface Timer {
  readonly atMs: number;
  readonly fire: () => void;
}

/** Time that stands still until it is moved. */
export class FakeClock implements Clock {
  readonly #timers = new Set<Timer>();
  #nowMs: number;
  #setByMs = 0;

  constructor(nowMs = Date.parse('2026-01-01T00:00:00Z')) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs + this.#setByMs;
  }

  /** Sets the wall clock forwards or back; timers and durations go on as before. */
  set(byMs: number): void {
    this.#setByMs += byMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  random(): number {
    return 0.5;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = () => {
        this.#timers.delete(timer);
        reject(signal?.reason);
      };
      const fire = () => {
        this.#timers.delete(timer);
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const timer: Timer = { atMs: this.#nowMs + Math.max(0, ms), fire };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#timers.add(timer);
    });
  }

  /** Moves on by `ms`; whoever sleeps meanwhile wakes in order. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      await settle();
      const next = this.#next();
      if (!next || next.atMs > untilMs) break;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.fire();
    }
    this.#nowMs = untilMs;
    await settle();
  }

  /** Moves on as far as it takes for the promise to settle; fails when nothing more would happen. */
  async run<T>(promise: Promise<T>, limitMs = 48 * 3_600_000): Promise<T> {
    let isSettled = false;
    const mark = () => {
      isSettled = true;
    };
    promise.then(mark, mark);
    const untilMs = this.#nowMs + limitMs;
    for (;;) {
      await settle();
      if (isSettled) return promise;
      const next = this.#next();
      if (!next) throw new Error('Nothing is waited for, and the promise has not settled');
      if (next.atMs > untilMs) throw new Error(`The promise has not settled within ${limitMs} ms`);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.fire();
    }
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (!next || timer.atMs < next.atMs) next = timer;
    return next;
  }
}

/** Lets everything run that is ready to. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
