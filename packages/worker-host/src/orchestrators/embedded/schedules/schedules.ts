import { createHash } from 'node:crypto';
import { PoolInputError } from '../embedded-errors.js';
import { assertReferenceName } from '../input/pool-input.js';
import { assertCronSchedule, cronTimes } from './cron-schedule.js';
import { assertRecurrenceSchedule, recurrenceTimes } from './recurrence-rule.js';
import type { CatchUp, Schedule } from './schedule-types.js';

const DAY_SECONDS = 86_400;
const LONGEST_CATCH_UP_SECONDS = 366 * DAY_SECONDS;

type IntervalSchedule = Extract<Schedule, { kind: 'interval' }>;

/**
 * Returns the first times of a schedule after one time, up to and including another.
 *
 * @throws PoolInputError for an invalid schedule.
 */
export function timesOf(schedule: Schedule, afterMs: number, untilMs: number, most: number): readonly number[] {
  if (schedule.kind === 'cron') return cronTimes(schedule, afterMs, untilMs, most);
  if (schedule.kind === 'rrule') return recurrenceTimes(schedule, afterMs, untilMs, most);
  return intervalTimes(schedule, afterMs, untilMs, most);
}

/** A time of a schedule, and when its run starts. */
export interface ScheduledStart {
  readonly timeMs: number;
  /** `timeMs` and the jitter, which is always the same for a schedule and a time. */
  readonly startMs: number;
}

/** Like {@link timesOf}, with the jitter of the schedule. */
export function startsOf(
  scheduleId: string,
  schedule: Schedule,
  afterMs: number,
  untilMs: number,
  most: number,
): readonly ScheduledStart[] {
  return timesOf(schedule, afterMs, untilMs, most).map((timeMs) => startOf(scheduleId, schedule, timeMs));
}

export function startOf(scheduleId: string, { jitterSeconds = 0 }: Schedule, timeMs: number): ScheduledStart {
  if (jitterSeconds === 0) return { timeMs, startMs: timeMs };
  const hash = createHash('sha256').update(`${scheduleId} ${timeMs}`).digest().readUInt32BE();
  return { timeMs, startMs: timeMs + Math.floor((hash / 2 ** 32) * jitterSeconds * 1000) };
}

/** Which times are made up for, and their maximum age. */
export function catchUpOf({ catchUp = 'latest', catchUpSeconds = DAY_SECONDS }: Schedule): {
  readonly which: CatchUp;
  readonly windowMs: number;
} {
  return { which: catchUp, windowMs: catchUpSeconds * 1000 };
}

/** @throws PoolInputError with the problem of the schedule. */
export function assertSchedule(schedule: Schedule): void {
  const problems = [...rulesProblems(schedule), ...(schedule.kind === 'interval' ? intervalProblems(schedule) : [])];
  if (problems.length > 0) throw new PoolInputError('schedule', problems);
  if (schedule.name !== undefined) assertReferenceName('schedule', schedule.name);
  if (schedule.kind === 'cron') assertCronSchedule(schedule);
  if (schedule.kind === 'rrule') assertRecurrenceSchedule(schedule);
}

function rulesProblems({ name, jitterSeconds = 0, catchUpSeconds = DAY_SECONDS }: Schedule): readonly string[] {
  return [
    ...(name !== undefined && /^\d+$/.test(name) ? [`its name must not be a number (found: ${name})`] : []),
    ...(jitterSeconds >= 0 && jitterSeconds <= DAY_SECONDS
      ? []
      : [`its jitter must be 0 s to a day (found: ${jitterSeconds} s)`]),
    ...(catchUpSeconds >= 0 && catchUpSeconds <= LONGEST_CATCH_UP_SECONDS
      ? []
      : [`its catch-up window must be 0 s to 366 days (found: ${catchUpSeconds} s)`]),
  ];
}

function intervalProblems({ intervalSeconds, anchor }: IntervalSchedule): readonly string[] {
  const isInterval = Number.isFinite(intervalSeconds) && intervalSeconds >= 1;
  const isAnchor = anchor === null || !Number.isNaN(Date.parse(anchor));
  return [
    ...(isInterval ? [] : [`an interval must be 1 second or more (found: ${intervalSeconds})`]),
    ...(isAnchor ? [] : [`the anchor of an interval must be a time such as 2026-01-31T08:00:00Z (found: ${anchor})`]),
  ];
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
