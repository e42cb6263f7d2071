import type { Clock } from '@worker-host/core';

const MOST_AT_ONCE = 16;
const AT_ONCE_AT_START = 4;
/** Refusals closer together than this come from one burst and halve the number once. */
const BURST_MS = 250;

interface Waiting {
  readonly enter: () => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Lets as many requests go at once as the server bears: one more after each round of good answers, half as many when
 * it says 503 or 429 (additive increase, multiplicative decrease). First come, first served.
 */
export class RequestGate {
  #limit = AT_ONCE_AT_START;
  #inFlight = 0;
  #halvedAtMs = Number.NEGATIVE_INFINITY;
  #closedUntilMs = 0;
  readonly #waiting: Waiting[] = [];

  constructor(private readonly clock: Clock) {}

  /** How many may be in flight now. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Resolves when a request may go; every enter is followed by one {@link leave}. */
  async enter(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    while (this.#closedUntilMs > this.clock.nowMs()) {
      await this.clock.sleep(this.#closedUntilMs - this.clock.nowMs(), signal);
    }
    if (this.#inFlight < this.limit && this.#waiting.length === 0) {
      this.#inFlight += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        const at = this.#waiting.indexOf(entry);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(signal?.reason);
      };
      const entry: Waiting = {
        signal,
        enter: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(entry);
    });
  }

  leave(outcome: 'good' | 'overloaded' | 'other'): void {
    this.#inFlight -= 1;
    if (outcome === 'good') this.#limit = Math.min(MOST_AT_ONCE, this.#limit + 1 / this.#limit);
    if (outcome === 'overloaded' && this.clock.nowMs() - this.#halvedAtMs >= BURST_MS) {
      this.#halvedAtMs = this.clock.nowMs();
      this.#limit = Math.max(1, this.#limit / 2);
    }
    while (this.#inFlight < this.limit) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#inFlight += 1;
      next.enter();
    }
  }

  /** Holds every request back for a while, as a rate limit with `Retry-After` asks. */
  closeFor(ms: number): void {
    this.#closedUntilMs = Math.max(this.#closedUntilMs, this.clock.nowMs() + ms);
  }
}
