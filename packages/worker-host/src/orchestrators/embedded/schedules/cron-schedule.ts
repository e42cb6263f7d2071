import { createRequire } from 'node:module';
import type { Cron } from 'croner';
import { PoolInputError } from '../embedded-errors.js';
import type { Schedule } from './schedule-types.js';
import { zoneOf } from './schedule-zone.js';
import { instantsOf } from './wall-clock-times.js';

export type CronSchedule = Extract<Schedule, { kind: 'cron' }>;

/** Loaded with the first schedule, because most pools have none. */
const loadCroner = (): typeof import('croner') => createRequire(import.meta.url)('croner');

const EVERY_HOUR = 24;
const WANTED = 'expected five fields (minute, hour, day of month, month, day of week), or a name such as @daily';

/** Macros that replace the fields of a cron expression. */
const NAMES = ['@hourly', '@daily', '@weekly', '@monthly', '@yearly', '@annually'];

/** Longer than a list of all minutes, hours, days, months and weekdays. */
const LONGEST_CRON = 1000;

/** Fields of a cron expression, with their ranges. */
const FIELDS = [
  { name: 'minute', lowest: 0, highest: 59 },
  { name: 'hour', lowest: 0, highest: 23 },
  { name: 'day of month', lowest: 1, highest: 31 },
  { name: 'month', lowest: 1, highest: 12 },
  { name: 'day of week', lowest: 0, highest: 7 },
] as const;

/** @throws PoolInputError with the problem. */
export function assertCronSchedule(schedule: CronSchedule): void {
  if (schedule.cron.length > LONGEST_CRON)
    throw new PoolInputError('schedule', [`its cron expression is longer than ${LONGEST_CRON} characters`]);
  zoneOf(schedule);
  if (nextOf(parseCron(schedule), new Date()) === null)
    throw new PoolInputError('schedule', [`cron '${schedule.cron}' never matches`]);
}

/**
 * Returns the first times after one time, up to and including another; see `instantsOf`. An hourly schedule also runs in the
 * repeated hour when clocks are set back.
 *
 * @throws PoolInputError for an invalid schedule.
 */
export function cronTimes(schedule: CronSchedule, afterMs: number, untilMs: number, most: number): readonly number[] {
  const cron = parseCron(schedule);
  const next = (wallMs: number): number | null => nextOf(cron, new Date(wallMs))?.getTime() ?? null;
  return instantsOf({ next, isTwice: isEveryHour(schedule.cron) }, zoneOf(schedule), afterMs, untilMs, most);
}

/** Its times are those of a clock in UTC; {@link TimeZone} converts them. */
function parseCron({ cron }: CronSchedule): Cron {
  const problem = fieldProblem(cron);
  if (problem !== null) throw new PoolInputError('schedule', [`cron '${cron}': ${problem}; ${WANTED}`]);
  try {
    return new (loadCroner().Cron)(cron, { paused: true, mode: '5-part', utcOffset: 0 });
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replace(/^Cron\w+: |\.$/g, '');
    throw new PoolInputError('schedule', [`cron '${cron}': ${reason}; ${WANTED}`]);
  }
}

/** Null: there is no further time. */
function nextOf(cron: Cron, from: Date): Date | null {
  try {
    return cron.nextRun(from);
  } catch (error) {
    // The library recurses without end through months that never have the day.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Returns an unknown name, a wrong number of fields, or a field out of range. Null: none of these. */
function fieldProblem(cron: string): string | null {
  const fields = cron.trim().split(/\s+/).filter(Boolean);
  if (NAMES.includes(cron.trim().toLowerCase())) return null;
  if (cron.trim().startsWith('@')) return `it is none of ${NAMES.join(', ')}`;
  if (fields.length !== FIELDS.length) return `it has ${fields.length} field${fields.length === 1 ? '' : 's'}`;
  for (const [index, { name, lowest, highest }] of FIELDS.entries()) {
    for (const part of (fields[index] ?? '').split(',')) {
      const numbers = /^(\d+)(?:-(\d+))?(?:\/\d+)?$/.exec(part)?.slice(1) ?? [];
      const wrong = numbers.find((text) => text !== undefined && (Number(text) < lowest || Number(text) > highest));
      if (wrong !== undefined) return `Invalid value for ${name}: ${wrong}`;
    }
  }
  return null;
}

/** Returns whether the hour field allows every hour in any notation: the schedule then follows elapsed time. */
function isEveryHour(cron: string): boolean {
  const [first = '', field = ''] = cron.trim().split(/\s+/);
  if (first.startsWith('@')) return first.toLowerCase() === '@hourly';
  const hours = new Set<number>();
  for (const part of field.split(',')) {
    const [, range = '', step = '1'] = /^([^/]*)(?:\/(\d+))?$/.exec(part) ?? [];
    const [low, high = low] = /^[*?]$/.test(range) ? [0, EVERY_HOUR - 1] : range.split('-').map(Number);
    for (let hour = low ?? 0; hour <= (high ?? -1); hour += Math.max(1, Number(step))) hours.add(hour);
  }
  return hours.size === EVERY_HOUR;
}
