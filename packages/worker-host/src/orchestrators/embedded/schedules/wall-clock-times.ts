import type { TimeZone, WallClockMs } from './time-zone.js';

/** Clocks are changed by less. */
const LONGEST_CHANGE_MS = 3 * 3_600_000;

/** Times of clocks, without their zone. */
export interface WallClockRule {
  /** The first time after another one. Null: none is left. */
  next(afterMs: WallClockMs): WallClockMs | null;
  /** Whether a time that clocks show twice comes twice. */
  readonly isTwice: boolean;
}

/**
 * The first instants of a rule after one time, up to and with another. When clocks are set forward, a time that is left out
 * comes later by as much as they are set. When they are set back, a time of day comes at its first pass, or at both.
 */
export function instantsOf(
  { next, isTwice }: WallClockRule,
  zone: TimeZone,
  afterMs: number,
  untilMs: number,
  most: number,
): readonly number[] {
  const times = new Set<number>();
  const countUntil = (ms: number): number => [...times].filter((timeMs) => timeMs <= ms).length;
  const from = zone.wallClock(afterMs);
  // Where clocks are changed near, times before may come after.
  const isChangeNear = !zone.instants(from).isPlain;
  for (let wallMs = next(from - (isChangeNear ? LONGEST_CHANGE_MS : 0)); wallMs !== null; wallMs = next(wallMs)) {
    const { atMs, leftOutAtMs, earliestMs, isPlain } = zone.instants(wallMs);
    if (earliestMs > untilMs || (isPlain ? times.size : countUntil(earliestMs - 1)) >= most) break;
    const wanted = leftOutAtMs === null ? atMs.slice(0, isTwice ? 2 : 1) : [leftOutAtMs];
    for (const timeMs of wanted) if (timeMs > afterMs && timeMs <= untilMs) times.add(timeMs);
  }
  return [...times].sort((a, b) => a - b).slice(0, most);
}
