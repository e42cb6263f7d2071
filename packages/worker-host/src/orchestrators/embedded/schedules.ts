import { createRequire } from 'node:module';
import type { Cron } from 'croner';
import type { Schedule } from './administration-types.js';
import { PoolInputError } from './embedded-errors.js';

type CronSchedule = Extract<Schedule, { kind: 'cron' }>;
type IntervalSchedule = Extract<Schedule, { kind: 'interval' }>;

/** Loaded with the first schedule, since most pools have none. */
const loadCroner = (): typeof import('croner') => createRequire(import.meta.url)('croner');

const MINUTE_MS = 60_000;
/** By how much clocks are set back in autumn, in the zones there are. */
const SET_BACK_MS = [30 * MINUTE_MS, 60 * MINUTE_MS];
const LONGEST_SET_BACK_MS = 60 * MINUTE_MS;

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
    if (toCron(schedule).nextRun() === null)
      throw new PoolInputError('schedule', [`cron '${schedule.cron}' never comes`]);
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

function toCron({ cron, timezone }: CronSchedule): Cron {
  if (timezone !== null && !isTimeZone(timezone))
    throw new PoolInputError('schedule', [
      `there is no time zone '${timezone}'; a name such as Europe/Berlin or UTC is wanted`,
    ]);
  try {
    const parsed = new (loadCroner().Cron)(cron, { paused: true, mode: '5-part', timezone: timezone ?? 'UTC' });
    parsed.nextRun();
    return parsed;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^Cron\w+: /, '') : String(error);
    throw new PoolInputError(
      'schedule',
      [`cron '${cron}': ${reason}; wanted are five fields: minute, hour, day of month, month, day of week`],
      { cause: error },
    );
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== null;
  } catch {
    return false;
  }
}

/**
 * When clocks are set forward, a time that is left out comes an hour later. When they are set back, a time of day comes
 * once, at its first pass; a schedule of every hour or minute goes on through the hour that comes twice.
 */
function cronTimes(schedule: CronSchedule, afterMs: number, untilMs: number, most: number): readonly number[] {
  const cron = toCron(schedule);
  const goesOn = isEveryHour(schedule.cron);
  const secondPass = goesOn ? secondPassIn(schedule.timezone ?? 'UTC') : () => null;
  const times = new Set<number>();
  let from = new Date(goesOn ? afterMs - LONGEST_SET_BACK_MS : afterMs);
  for (let found = 0; found < most || from.getTime() <= afterMs + LONGEST_SET_BACK_MS; found += 1) {
    const next = cron.nextRun(from);
    if (next === null || next.getTime() > untilMs) break;
    const timeMs = next.getTime();
    times.add(timeMs);
    const againMs = secondPass(timeMs);
    if (againMs !== null) times.add(againMs);
    from = next;
  }
  return [...times]
    .filter((timeMs) => timeMs > afterMs && timeMs <= untilMs)
    .sort((a, b) => a - b)
    .slice(0, most);
}

/** True where the hour is not tied down, so that the schedule is about time that passes, not about the time of day. */
function isEveryHour(cron: string): boolean {
  return cron.trim() === '@hourly' || /^\*(\/1)?$/.test(cron.trim().split(/\s+/)[1] ?? '');
}

/** Finds the second time at which the clocks of a zone show what they show at a first one; null: they do not. */
function secondPassIn(timezone: string): (timeMs: number) => number | null {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    dateStyle: 'short',
    timeStyle: 'short',
    hourCycle: 'h23',
  });
  return (timeMs) => {
    const shown = format.format(timeMs);
    const byMs = SET_BACK_MS.find((backMs) => format.format(timeMs + backMs) === shown);
    return byMs === undefined ? null : timeMs + byMs;
  };
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
