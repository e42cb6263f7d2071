import { Cron } from 'croner';
import type { Schedule } from '../../cli/administration-port.js';
import { PoolInputError } from './embedded-errors.js';

/** The times a schedule asks for after one time, up to another. @throws PoolInputError for a schedule that does not hold. */
export function timesOf(schedule: Schedule, afterMs: number, untilMs: number, most: number): readonly number[] {
  return schedule.kind === 'cron'
    ? cronTimes(schedule, afterMs, untilMs, most)
    : intervalTimes(schedule, afterMs, untilMs, most);
}

/** @throws PoolInputError naming what is wrong with the schedule. */
export function assertSchedule(schedule: Schedule): void {
  if (schedule.kind === 'cron') {
    toCron(schedule);
    return;
  }
  const { intervalSeconds, anchor } = schedule;
  if (!Number.isFinite(intervalSeconds) || intervalSeconds < 1) {
    throw new PoolInputError('schedule', [`an interval must be 1 second or more (found: ${intervalSeconds})`]);
  }
  if (anchor !== null && Number.isNaN(Date.parse(anchor))) {
    throw new PoolInputError('schedule', [
      `the anchor of an interval must be a time such as 2026-01-31T08:00:00Z (found: ${anchor})`,
    ]);
  }
}

function toCron({ cron, timezone }: Extract<Schedule, { kind: 'cron' }>): Cron {
  try {
    const parsed = new Cron(cron, { paused: true, ...(timezone === null ? {} : { timezone }) });
    parsed.nextRun();
    return parsed;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PoolInputError('schedule', [`cron '${cron}' in time zone ${timezone ?? 'of this machine'}: ${reason}`]);
  }
}

function cronTimes(
  schedule: Extract<Schedule, { kind: 'cron' }>,
  afterMs: number,
  untilMs: number,
  most: number,
): readonly number[] {
  const cron = toCron(schedule);
  const times: number[] = [];
  let from = new Date(afterMs);
  while (times.length < most) {
    const next = cron.nextRun(from);
    if (!next || next.getTime() > untilMs) break;
    times.push(next.getTime());
    from = next;
  }
  return times;
}

function intervalTimes(
  { intervalSeconds, anchor }: Extract<Schedule, { kind: 'interval' }>,
  afterMs: number,
  untilMs: number,
  most: number,
): readonly number[] {
  const stepMs = intervalSeconds * 1000;
  const anchorMs = anchor === null ? 0 : Date.parse(anchor);
  const times: number[] = [];
  for (let step = Math.floor((afterMs - anchorMs) / stepMs) + 1; times.length < most; step += 1) {
    const timeMs = anchorMs + step * stepMs;
    if (timeMs > untilMs) break;
    times.push(timeMs);
  }
  return times;
}
