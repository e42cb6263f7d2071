import type { Clock } from '@worker-host/core';

const MOST_KEPT = 1000;

interface Kept<Value> {
  readonly value: Value;
  readonly untilMs: number;
}

/**
 * Combines concurrent reads by key: calls with the same key share one read in progress, and its result can be cached
 * for a while. Failed reads are not cached.
 */
export class SharedReads<Value> {
  #underWay = new Map<string, Promise<Value>>();
  #kept = new Map<string, Kept<Value>>();

  constructor(
    private readonly clock: Clock,
    /** 0: no caching. */
    private readonly keepMs: number,
    private readonly read: (key: string) => Promise<Value>,
  ) {}

  async get(key: string): Promise<Value> {
    const [kept, underWay] = [this.#kept, this.#underWay];
    const known = kept.get(key);
    if (known && this.clock.monotonicMs() < known.untilMs) return known.value;
    const shared = underWay.get(key);
    if (shared) return shared;
    const reading = this.read(key).finally(() => underWay.delete(key));
    underWay.set(key, reading);
    const value = await reading;
    if (this.keepMs > 0 && value !== null) {
      if (kept.size >= MOST_KEPT) kept.clear();
      kept.set(key, { value, untilMs: this.clock.monotonicMs() + this.keepMs });
    }
    return value;
  }

  /** Later calls read again: they do not share reads that began before. */
  forget(): void {
    this.#underWay = new Map();
    this.#kept = new Map();
  }
}
