import type { LaunchPlace } from '@worker-host/core';

const MOST_PLACES = 100;

/** Where the launches of a pool are searched; kept when their runs are deleted. */
export class FakePlaces {
  readonly #places = new Map<string, LaunchPlace>();

  /** Distinct places, the last stored first. */
  get newestFirst(): readonly LaunchPlace[] {
    return [...this.#places.values()].reverse();
  }

  remember(place: LaunchPlace): void {
    const text = JSON.stringify(place);
    this.#places.delete(text);
    this.#places.set(text, structuredClone(place));
    const [oldest] = this.#places.keys();
    if (this.#places.size > MOST_PLACES && oldest !== undefined) this.#places.delete(oldest);
  }
}
