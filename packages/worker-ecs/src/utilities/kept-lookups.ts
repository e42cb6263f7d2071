import type { Clock } from '@worker-host/core';
import { BoundedMap } from './bounded-map.js';

export interface KeptLookupsOptions {
  /** Age up to which a value is returned unchanged. */
  readonly freshMs: number;
  /** Age up to which it is still returned, while it is looked up again for later calls. */
  readonly keptMs: number;
  /** Maximum number of cached values; the least recently used are evicted first. */
  readonly most: number;
}

interface Kept<Value> {
  readonly value: Promise<Value>;
  readonly sinceMs: number;
}

/** Values that are looked up once for all callers, and cached. Failed lookups are not cached. */
export class KeptLookups<Value> {
  readonly #kept: BoundedMap<string, Kept<Value>>;
  readonly #renewing = new Map<string, Promise<Value>>();

  constructor(
    private readonly clock: Pick<Clock, 'monotonicMs'>,
    private readonly options: KeptLookupsOptions,
  ) {
    this.#kept = new BoundedMap(options.most);
  }

  get(key: string, look: () => Promise<Value>): Promise<Value> {
    const kept = this.#kept.get(key);
    const ageMs = kept ? this.clock.monotonicMs() - kept.sinceMs : Number.POSITIVE_INFINITY;
    if (!kept || ageMs > this.options.keptMs) return this.renew(key, look);
    if (ageMs > this.options.freshMs) this.renew(key, look).catch(() => {});
    return kept.value;
  }

  /** Looks it up now; concurrent callers share the lookup, and the cached value stays until it resolves. */
  renew(key: string, look: () => Promise<Value>): Promise<Value> {
    const underWay = this.#renewing.get(key);
    if (underWay) return underWay;
    const value = look().then(
      (found) => {
        this.#renewing.delete(key);
        this.#kept.set(key, { value, sinceMs: this.clock.monotonicMs() });
        return found;
      },
      (error: unknown) => {
        this.#renewing.delete(key);
        throw error;
      },
    );
    this.#renewing.set(key, value);
    return value;
  }
}
