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
  #closedUntilMs = Number.NEGATIVE_INFINITY;
  #deferrableInFlight = 0;
  readonly #waiting: Waiting[] = [];
  readonly #deferred: Waiting[] = [];

  constructor(private readonly clock: Clock) {}

  /** How many may be in flight now. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * Resolves when a request may go; every enter is followed by one {@link leave}.
   *
   * @param isDeferrable it gives way: beside others only one of its kind is in flight
   */
  async enter(signal?: AbortSignal, isDeferrable = false): Promise<void> {
    signal?.throwIfAborted();
    while (this.#closedUntilMs > this.clock.monotonicMs()) {
      await this.clock.sleep(this.#closedUntilMs - this.clock.monotonicMs(), signal);
    }
    const queue = isDeferrable ? this.#deferred : this.#waiting;
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        const at = queue.indexOf(entry);
        if (at >= 0) queue.splice(at, 1);
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
      queue.push(entry);
      this.#letIn();
    });
  }

  leave(outcome: 'good' | 'overloaded' | 'other', isDeferrable = false): void {
    this.#inFlight -= 1;
    if (isDeferrable) this.#deferrableInFlight -= 1;
    if (outcome === 'good') this.#limit = Math.min(MOST_AT_ONCE, this.#limit + 1 / this.#limit);
    if (outcome === 'overloaded' && this.clock.monotonicMs() - this.#halvedAtMs >= BURST_MS) {
      this.#halvedAtMs = this.clock.monotonicMs();
      this.#limit = Math.max(1, this.#limit / 2);
    }
    this.#letIn();
  }

  #letIn(): void {
    while (this.#inFlight < this.limit) {
      const isDeferrable = this.#isTurnOfDeferred;
      const next = (isDeferrable ? this.#deferred : this.#waiting).shift();
      if (!next) return;
      this.#inFlight += 1;
      if (isDeferrable) this.#deferrableInFlight += 1;
      next.enter();
    }
  }

  /** One deferred request is always on its way, where there is room for two; more only while nothing else is. */
  get #isTurnOfDeferred(): boolean {
    if (this.#deferred.length === 0) return false;
    const others = this.#waiting.length + this.#inFlight - this.#deferrableInFlight;
    return others === 0 || (this.#deferrableInFlight === 0 && this.limit > 1);
  }

  /** Holds every request back for a while, as a rate limit with `Retry-After` asks. */
  closeFor(ms: number): void {
    this.#closedUntilMs = Math.max(this.#closedUntilMs, this.clock.monotonicMs() + ms);
  }
}
