import type { Clock } from '@worker-host/core';

const MOST_KEPT = 1000;

/**
 * Combines concurrent reads by key: calls with the same key share one read in progress, and its result can be cached
 * for a while. Failed reads are not cached.
 */
export class SharedReads<Value> {
  readonly #underWay = new Map<string, Promise<Value>>();
  readonly #kept = new Map<string, { readonly value: Value; readonly untilMs: number }>();

  constructor(
    private readonly clock: Clock,
    /** 0: no caching. */
    private readonly keepMs: number,
    private readonly read: (key: string) => Promise<Value>,
  ) {}

  async get(key: string): Promise<Value> {
    const kept = this.#kept.get(key);
    if (kept && this.clock.monotonicMs() < kept.untilMs) return kept.value;
    const underWay = this.#underWay.get(key);
    if (underWay) return underWay;
    const reading = this.read(key).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, reading);
    const value = await reading;
    if (this.keepMs > 0 && value !== null) {
      if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
      this.#kept.set(key, { value, untilMs: this.clock.monotonicMs() + this.keepMs });
    }
    return value;
  }
}
