import type { Clock, Meter } from '@worker-host/core';
import type { CallPriority } from '../ecs-api.js';

const PRIORITIES: readonly CallPriority[] = ['stop', 'launch', 'watch'];
const DECREASE = 0.5;
const INCREASE_SHARE = 0.05;
const ADJUST_INTERVAL_MS = 1_000;
const LOWEST_SHARE = 0.02;

/** A token bucket as AWS documents it. */
export interface BucketLimits {
  /** Stable name, for metrics. */
  readonly name: string;
  /** Burst: calls that are allowed at once when the bucket is full. */
  readonly burst: number;
  readonly perSecond: number;
}

interface Waiter {
  readonly grant: () => void;
}

/**
 * A client-side copy of one of AWS's token buckets: calls wait here instead of being throttled there. A call can reach
 * AWS at any time until its response, so its token is reserved when it is sent and counts as spent when the response
 * arrives: bursts caused by network delays do not exceed the limit either. Throttling nevertheless (others use the same
 * bucket) halves the rate; every second without throttling restores part of it.
 */
export class RateBudget {
  readonly #waiting: Record<CallPriority, Set<Waiter>> = { stop: new Set(), launch: new Set(), watch: new Set() };
  #tokens: number;
  #underway = 0;
  #perSecond: number;
  #filledAtMs: number;
  #adjustedAtMs = Number.NEGATIVE_INFINITY;
  #pumping = false;

  constructor(
    readonly limits: BucketLimits,
    private readonly clock: Clock,
    private readonly meter: Meter,
  ) {
    this.#tokens = limits.burst;
    this.#perSecond = limits.perSecond;
    this.#filledAtMs = clock.monotonicMs();
  }

  /** Current rate in calls per second. */
  get perSecond(): number {
    return this.#perSecond;
  }

  /** Number of waiting calls. */
  get waiting(): number {
    return PRIORITIES.reduce((sum, priority) => sum + this.#waiting[priority].size, 0);
  }

  /**
   * Resolves when a call may be made; rejects with the signal's reason if it is aborted before. Afterwards call one of
   * {@link accepted}, {@link throttled} and {@link unused}.
   */
  async acquire(priority: CallPriority, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#fill();
    if (this.waiting === 0 && this.#mayGrant) {
      this.#underway += 1;
      return;
    }
    this.meter.count('ecs_rate_budget_waits_total', { bucket: this.limits.name, priority });
    await this.#wait(priority, signal);
  }

  /** Call it after AWS throttled the call. */
  throttled(): void {
    this.#fill();
    this.unused();
    this.#tokens = Math.min(this.#tokens, 0);
    this.meter.count('ecs_throttles_total', { bucket: this.limits.name });
    if (this.clock.monotonicMs() - this.#adjustedAtMs < ADJUST_INTERVAL_MS) return;
    this.#adjustedAtMs = this.clock.monotonicMs();
    this.#perSecond = Math.max(this.limits.perSecond * LOWEST_SHARE, this.#perSecond * DECREASE);
    this.meter.gauge('ecs_rate_budget_per_second', this.#perSecond, { bucket: this.limits.name });
  }

  /** Call it after AWS did not throttle the call. */
  accepted(): void {
    this.#fill();
    if (this.#underway > 0) this.#tokens -= 1;
    this.unused();
    if (this.#perSecond >= this.limits.perSecond) return;
    if (this.clock.monotonicMs() - this.#adjustedAtMs < ADJUST_INTERVAL_MS) return;
    this.#adjustedAtMs = this.clock.monotonicMs();
    this.#perSecond = Math.min(this.limits.perSecond, this.#perSecond + this.limits.perSecond * INCREASE_SHARE);
    this.meter.gauge('ecs_rate_budget_per_second', this.#perSecond, { bucket: this.limits.name });
  }

  /** Call it if the call was not made. */
  unused(): void {
    this.#underway = Math.max(0, this.#underway - 1);
    if (this.waiting > 0 && !this.#pumping) void this.#pump();
  }

  get #mayGrant(): boolean {
    return this.#tokens - this.#underway >= 1;
  }

  #wait(priority: CallPriority, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting[priority].delete(waiter);
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        grant: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting[priority].add(waiter);
      if (!this.#pumping) void this.#pump();
    });
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    while (this.waiting > 0) {
      this.#fill();
      while (this.#mayGrant && this.#grantNext()) this.#underway += 1;
      const needed = 1 + this.#underway;
      // A full bucket gains nothing: the next response continues from here.
      if (this.waiting === 0 || needed > this.limits.burst) break;
      await this.clock.sleep(Math.max(1, Math.ceil(((needed - this.#tokens) / this.#perSecond) * 1000)));
    }
    this.#pumping = false;
  }

  #grantNext(): boolean {
    for (const priority of PRIORITIES) {
      const [first] = this.#waiting[priority];
      if (first) {
        this.#waiting[priority].delete(first);
        first.grant();
        return true;
      }
    }
    return false;
  }

  #fill(): void {
    const nowMs = this.clock.monotonicMs();
    const passedMs = nowMs - this.#filledAtMs;
    this.#filledAtMs = nowMs;
    this.#tokens = Math.min(this.limits.burst, this.#tokens + (passedMs / 1000) * this.#perSecond);
  }
}
