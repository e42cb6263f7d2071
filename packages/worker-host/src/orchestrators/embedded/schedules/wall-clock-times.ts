import type { TimeZone, WallClockMs } from './time-zone.js';

/** Maximum change of a clock. */
const LONGEST_CHANGE_MS = 3 * 3_600_000;

/** Local times, without their zone. */
export interface WallClockRule {
  /** Returns the first time after another one. Null: none. */
  next(afterMs: WallClockMs): WallClockMs | null;
  /** Whether a time that occurs twice is used twice. */
  readonly isTwice: boolean;
}

/**
 * Returns the first instants of a rule after one time, up to and including another. When clocks are set forward, a skipped time
 * is moved by the change. When they are set back, a time of day is used at its first occurrence, or at both.
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
  // Near a change of clocks, earlier local times can have later instants.
  const isChangeNear = !zone.instants(from).isPlain;
  for (let wallMs = next(from - (isChangeNear ? LONGEST_CHANGE_MS : 0)); wallMs !== null; wallMs = next(wallMs)) {
    const { atMs, leftOutAtMs, earliestMs, isPlain } = zone.instants(wallMs);
    if (earliestMs > untilMs || (isPlain ? times.size : countUntil(earliestMs - 1)) >= most) break;
    const wanted = leftOutAtMs === null ? atMs.slice(0, isTwice ? 2 : 1) : [leftOutAtMs];
    for (const timeMs of wanted) if (timeMs > afterMs && timeMs <= untilMs) times.add(timeMs);
  }
  return [...times].sort((a, b) => a - b).slice(0, most);
}
