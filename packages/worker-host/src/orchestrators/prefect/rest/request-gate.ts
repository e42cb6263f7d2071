import type { Clock } from '@worker-host/core';

const MOST_AT_ONCE = 16;
const AT_ONCE_AT_START = 4;
/** Overload responses closer together than this belong to one burst and halve the limit once. */
const BURST_MS = 250;

/** Rate limit buckets: Prefect Cloud has one limit for logs and events, one for all other requests. */
export type RateBucket = 'requests' | 'logs and events';

/** A request waiting at the gate. */
export interface Entry {
  readonly bucket?: RateBucket;
  /** True: it yields to others; at most one such request is in flight in addition to others. */
  readonly isDeferrable?: boolean;
  readonly signal?: AbortSignal;
}

interface Waiting {
  readonly bucket: RateBucket;
  /** True: admitted. False: its bucket was closed meanwhile. */
  readonly resume: (isIn: boolean) => void;
}

/**
 * Limits the number of concurrent requests to what the server can handle: one more after each round of successful
 * responses, half as many after a 503 (additive increase, multiplicative decrease). First come, first served. A rate
 * limit closes one bucket for a while and does not affect the other.
 */
export class RequestGate {
  #limit = AT_ONCE_AT_START;
  #inFlight = 0;
  #halvedAtMs = Number.NEGATIVE_INFINITY;
  #deferrableInFlight = 0;
  #waiting: Waiting[] = [];
  #deferred: Waiting[] = [];
  readonly #closedUntilMs = new Map<RateBucket, number>();

  constructor(private readonly clock: Clock) {}

  /** Current limit of requests in flight. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Resolves when a request may be sent; each call must be followed by one {@link leave}. */
  async enter({ bucket = 'requests', isDeferrable = false, signal }: Entry = {}): Promise<void> {
    signal?.throwIfAborted();
    do {
      for (let ms = this.#closedForMs(bucket); ms > 0; ms = this.#closedForMs(bucket)) {
        await this.clock.sleep(ms, signal);
      }
    } while (!(await this.#queue(bucket, isDeferrable, signal)));
  }

  #queue(bucket: RateBucket, isDeferrable: boolean, signal: AbortSignal | undefined): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting = this.#waiting.filter((each) => each !== entry);
        this.#deferred = this.#deferred.filter((each) => each !== entry);
        reject(signal?.reason);
      };
      const entry: Waiting = {
        bucket,
        resume: (isIn) => {
          signal?.removeEventListener('abort', onAbort);
          resolve(isIn);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      (isDeferrable ? this.#deferred : this.#waiting).push(entry);
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
      next.resume(true);
    }
  }

  /** One deferred request is always admitted if there is room for two; more only if nothing else is in flight. */
  get #isTurnOfDeferred(): boolean {
    if (this.#deferred.length === 0) return false;
    const others = this.#waiting.length + this.#inFlight - this.#deferrableInFlight;
    return others === 0 || (this.#deferrableInFlight === 0 && this.limit > 1);
  }

  /** Delays every request of a bucket for a while, including those already waiting. */
  closeFor(bucket: RateBucket, ms: number): void {
    if (ms <= 0) return;
    const untilMs = this.clock.monotonicMs() + ms;
    this.#closedUntilMs.set(bucket, Math.max(this.#closedUntilMs.get(bucket) ?? 0, untilMs));
    const isHeld = (each: Waiting): boolean => each.bucket === bucket;
    const held = [...this.#waiting, ...this.#deferred].filter(isHeld);
    this.#waiting = this.#waiting.filter((each) => !isHeld(each));
    this.#deferred = this.#deferred.filter((each) => !isHeld(each));
    for (const each of held) each.resume(false);
  }

  #closedForMs(bucket: RateBucket): number {
    return (this.#closedUntilMs.get(bucket) ?? Number.NEGATIVE_INFINITY) - this.clock.monotonicMs();
  }
}
