const HOUR_MS = 3_600_000;
/** Zones are between 12 hours behind UTC and 14 ahead of it; one hour more as a margin. */
const FARTHEST_BEHIND_MS = 13 * HOUR_MS;
const FARTHEST_AHEAD_MS = 15 * HOUR_MS;
const MOST_KEPT = 1000;

/** Returns the local time at an instant, as milliseconds since the epoch of a UTC clock that shows the same. */
export type WallClockMs = number;

/** Returns the instants of a local time: none when clocks are set forward, two when they are set back. */
export interface Instants {
  readonly atMs: readonly number[];
  /** If there is none: the instant at which the time would have occurred without the change. Otherwise null. */
  readonly leftOutAtMs: number | null;
  /** No later local time has an earlier instant than this. */
  readonly earliestMs: number;
  /** True if clocks do not change within a day of it. */
  readonly isPlain: boolean;
}

/** The clocks of one time zone, with its changes as known to this process. */
export class TimeZone {
  readonly #format: Intl.DateTimeFormat;
  /** Offsets at full hours. */
  readonly #offsets = new Map<number, number>();

  /** @throws RangeError for an unknown zone. */
  constructor(name: string) {
    this.#format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  }

  wallClock(instantMs: number): WallClockMs {
    return instantMs + this.#offset(instantMs);
  }

  instants(wallClockMs: WallClockMs): Instants {
    const before = this.#offsetAtHour(wallClockMs - FARTHEST_AHEAD_MS);
    const after = this.#offsetAtHour(wallClockMs + FARTHEST_BEHIND_MS);
    if (before === after) {
      const atMs = wallClockMs - before;
      return { atMs: [atMs], leftOutAtMs: null, earliestMs: atMs, isPlain: true };
    }
    const candidates = [wallClockMs - before, wallClockMs - after].sort((a, b) => a - b);
    const atMs = candidates.filter((instantMs) => this.wallClock(instantMs) === wallClockMs);
    const leftOutAtMs = atMs.length === 0 ? wallClockMs - before : null;
    return { atMs, leftOutAtMs, earliestMs: Math.min(...candidates), isPlain: false };
  }

  #offsetAtHour(instantMs: number): number {
    const hour = Math.floor(instantMs / HOUR_MS);
    const known = this.#offsets.get(hour);
    if (known !== undefined) return known;
    if (this.#offsets.size >= MOST_KEPT) this.#offsets.clear();
    const offset = this.#offset(hour * HOUR_MS);
    this.#offsets.set(hour, offset);
    return offset;
  }

  /** Returns the offset from UTC in milliseconds; negative: behind UTC. */
  #offset(instantMs: number): number {
    const text = this.#format.format(instantMs);
    // UTC itself has no offset in its name.
    const [, sign, hours = 0, minutes = 0, seconds = 0] = /GMT([+-])(\d+):(\d+)(?::(\d+))?$/.exec(text) ?? [];
    const ms = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
    return sign === '-' ? -ms : ms;
  }
}
