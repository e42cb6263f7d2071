import type { Clock } from '@worker-host/core';

const DAY_MS = 86_400_000;

/** A sleep on a {@link FakeClock}. */
export interface PendingSleep {
  /** When the sleep ends, in monotonic milliseconds of the clock. */
  readonly endsAtMs: number;
}

interface Sleeper extends PendingSleep {
  readonly wake: () => void;
}

/** A clock whose time advances only on request, and whose random numbers are constant. */
export class FakeClock implements Clock {
  #nowMs: number;
  #setByMs = 0;
  readonly #random: number;
  readonly #sleepers = new Set<Sleeper>();

  /**
   * @param options.nowMs milliseconds since the epoch. Default: 2026-01-02T03:04:05Z.
   * @param options.random result of `random()`, in [0, 1). Default: 0.5.
   */
  constructor(options: { readonly nowMs?: number; readonly random?: number } = {}) {
    this.#nowMs = options.nowMs ?? Date.UTC(2026, 0, 2, 3, 4, 5);
    this.#random = options.random ?? 0.5;
  }

  nowMs(): number {
    return this.#nowMs + this.#setByMs;
  }

  /** Moves the wall clock by `ms`, as setting the system clock does; sleeps and durations are not affected. */
  set(ms: number): void {
    this.#setByMs += ms;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  random(): number {
    return this.#random;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const abort = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const wake = (): void => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const sleeper: Sleeper = { endsAtMs: this.#nowMs + Math.max(0, ms), wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** Active sleeps, the next to end first. */
  get pendingSleeps(): readonly PendingSleep[] {
    return this.#inOrder().map(({ endsAtMs }) => ({ endsAtMs }));
  }

  /** Advances the time. Sleeps that end by then resolve in order, each with all its effects before the next. */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`The clock cannot go backwards [ms=${ms}]`);
    const untilMs = this.#nowMs + ms;
    await settle();
    for (let next = this.#nextUntil(untilMs); next !== undefined; next = this.#nextUntil(untilMs)) {
      this.#wake(next);
      await settle();
    }
    this.#nowMs = untilMs;
  }

  /**
   * Advances the time until the promise settles, and returns its outcome.
   *
   * @throws Error if it has not settled and there is no sleep, or after `limitMs` (default: two days).
   */
  async run<T>(promise: Promise<T>, limitMs: number = DAY_MS * 2): Promise<T> {
    let isSettled = false;
    const mark = (): void => {
      isSettled = true;
    };
    promise.then(mark, mark);
    const untilMs = this.#nowMs + limitMs;
    for (;;) {
      await settle();
      if (isSettled) return promise;
      const next = this.#inOrder()[0];
      if (next === undefined) throw new Error('No sleep is pending, and the promise has not settled');
      if (next.endsAtMs > untilMs) throw new Error(`The promise has not settled within ${limitMs} ms`);
      this.#wake(next);
    }
  }

  #wake(sleeper: Sleeper): void {
    this.#sleepers.delete(sleeper);
    this.#nowMs = Math.max(this.#nowMs, sleeper.endsAtMs);
    sleeper.wake();
  }

  #nextUntil(untilMs: number): Sleeper | undefined {
    const next = this.#inOrder()[0];
    return next !== undefined && next.endsAtMs <= untilMs ? next : undefined;
  }

  #inOrder(): readonly Sleeper[] {
    return [...this.#sleepers].sort((a, b) => a.endsAtMs - b.endsAtMs);
  }
}

/** Runs everything that needs no time: promises, immediates. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
