import type { Schedule } from './administration-types.js';
import { assertCronSchedule, cronTimes } from './cron-schedule.js';
import { PoolInputError } from './embedded-errors.js';

type IntervalSchedule = Extract<Schedule, { kind: 'interval' }>;

/**
 * The first times a schedule asks for after one time, up to and with another.
 *
 * @throws PoolInputError for a schedule that does not hold.
 */
export function timesOf(schedule: Schedule, afterMs: number, untilMs: number, most: number): readonly number[] {
  return schedule.kind === 'cron'
    ? cronTimes(schedule, afterMs, untilMs, most)
    : intervalTimes(schedule, afterMs, untilMs, most);
}

/** @throws PoolInputError naming what is wrong with the schedule. */
export function assertSchedule(schedule: Schedule): void {
  if (schedule.kind === 'cron') {
    assertCronSchedule(schedule);
    return;
  }
  const { intervalSeconds, anchor } = schedule;
  if (!Number.isFinite(intervalSeconds) || intervalSeconds < 1)
    throw new PoolInputError('schedule', [`an interval must be 1 second or more (found: ${intervalSeconds})`]);
  if (anchor !== null && Number.isNaN(Date.parse(anchor)))
    throw new PoolInputError('schedule', [
      `the anchor of an interval must be a time such as 2026-01-31T08:00:00Z (found: ${anchor})`,
    ]);
}

function intervalTimes(
  { intervalSeconds, anchor }: IntervalSchedule,
  afterMs: number,
  untilMs: number,
  most: number,
): readonly number[] {
  const stepMs = intervalSeconds * 1000;
  const anchorMs = anchor === null ? 0 : Date.parse(anchor);
  const times: number[] = [];
  for (let step = Math.floor((afterMs - anchorMs) / stepMs) + 1; times.length < most; step += 1) {
    const timeMs = Math.round(anchorMs + step * stepMs);
    if (timeMs > untilMs) break;
    if (timeMs > afterMs) times.push(timeMs);
  }
  return times;
}
