import { createRequire } from 'node:module';
import type { RRuleTemporal } from 'rrule-temporal';
import { PoolInputError } from '../embedded-errors.js';
import type { Schedule } from './schedule-types.js';
import { zoneOf } from './schedule-zone.js';
import type { WallClockMs } from './time-zone.js';
import { instantsOf } from './wall-clock-times.js';

export type RecurrenceSchedule = Extract<Schedule, { kind: 'rrule' }>;

/** Prefect's limit. */
const LONGEST_RULE = 6500;
/** Prefect's default start of a rule. */
const USUAL_START = '20200101T000000';
/** Maximum number of consecutive times removed by exceptions. */
const MOST_EXCEPTED = 1000;
const NAMES = ['DTSTART', 'RRULE', 'EXRULE', 'RDATE', 'EXDATE'] as const;
type PropertyName = (typeof NAMES)[number];

/** Loaded with the first rule, because most pools have none. */
const require = createRequire(import.meta.url);
const loadRules = (): typeof import('rrule-temporal') => require('rrule-temporal');
const loadTemporal = (): typeof import('temporal-polyfill') => require('temporal-polyfill');

/** A parsed rule; times are local times, such as 20270131T083000. */
interface Recurrence {
  readonly rules: readonly RRuleTemporal[];
  readonly exceptedRules: readonly RRuleTemporal[];
  readonly times: readonly WallClockMs[];
  readonly exceptedTimes: ReadonlySet<WallClockMs>;
}

/** @throws PoolInputError with the problem. */
export function assertRecurrenceSchedule(schedule: RecurrenceSchedule): void {
  if (schedule.rrule.length > LONGEST_RULE)
    throw new PoolInputError('schedule', [`its rule is longer than ${LONGEST_RULE} characters`]);
  zoneOf(schedule);
  if (nextOf(parse(schedule), schedule, Date.now()) === null) throw unfit(schedule, 'it never comes');
}

/**
 * Returns the first times of an RFC 5545 rule after one time, up to and including another, as local times in the zone of the
 * schedule: see `instantsOf`.
 *
 * @throws PoolInputError for an invalid schedule.
 */
export function recurrenceTimes(
  schedule: RecurrenceSchedule,
  afterMs: number,
  untilMs: number,
  most: number,
): readonly number[] {
  const recurrence = parse(schedule);
  const rule = { next: (ms: WallClockMs) => nextOf(recurrence, schedule, ms), isTwice: false };
  return instantsOf(rule, zoneOf(schedule), afterMs, untilMs, most);
}

function nextOf(recurrence: Recurrence, schedule: RecurrenceSchedule, afterMs: WallClockMs): WallClockMs | null {
  const { rules, times, exceptedRules, exceptedTimes } = recurrence;
  let fromMs = afterMs;
  for (let excepted = 0; excepted < MOST_EXCEPTED; excepted += 1) {
    const candidates = [
      ...rules.map((rule) => nextOfRule(rule, schedule, fromMs)),
      ...times.filter((ms) => ms > fromMs),
    ].filter((ms) => ms !== null);
    if (candidates.length === 0) return null;
    const nextMs = Math.min(...candidates);
    const isExcepted =
      exceptedTimes.has(nextMs) || exceptedRules.some((rule) => nextOfRule(rule, schedule, nextMs - 1) === nextMs);
    if (!isExcepted) return nextMs;
    fromMs = nextMs;
  }
  return null;
}

function nextOfRule(rule: RRuleTemporal, schedule: RecurrenceSchedule, afterMs: WallClockMs): WallClockMs | null {
  try {
    return rule.next(new Date(afterMs), false)?.epochMilliseconds ?? null;
  } catch (error) {
    throw unfit(schedule, 'it comes too rarely to be found', error);
  }
}

/** All times are parsed as those of a clock in UTC, as in Prefect: they are in the zone of the schedule. */
function parse(schedule: RecurrenceSchedule): Recurrence {
  const properties = schedule.rrule
    .split(/\s+/)
    .filter(Boolean)
    .map((line) => propertyOf(schedule, line));
  const valuesOf = (name: PropertyName) => properties.filter((each) => each.name === name).map(({ value }) => value);
  const [start = USUAL_START, ...others] = valuesOf('DTSTART');
  if (others.length > 0) throw unfit(schedule, 'it has more than one DTSTART');
  const startText = textOf(timeOf(schedule, start));
  const rulesOf = (name: PropertyName) => valuesOf(name).map((rule) => ruleOf(schedule, startText, rule));
  const timesOf = (name: PropertyName) =>
    valuesOf(name).flatMap((value) => value.split(',').map((time) => timeOf(schedule, time)));
  const rules = rulesOf('RRULE');
  const times = timesOf('RDATE');
  if (rules.length + times.length === 0) throw unfit(schedule, 'it has neither RRULE nor RDATE');
  return { rules, times, exceptedRules: rulesOf('EXRULE'), exceptedTimes: new Set(timesOf('EXDATE')) };
}

function propertyOf(schedule: RecurrenceSchedule, line: string): { name: PropertyName; value: string } {
  const [, head = 'RRULE', value = ''] = /^(?:([^:=]+(?:=[^:]*)?):)?(.*)$/.exec(line) ?? [];
  const [name = '', ...parameters] = head.toUpperCase().split(';');
  const known = NAMES.find((each) => each === name);
  if (known === undefined) throw unfit(schedule, `'${name}' is none of ${NAMES.join(', ')}`);
  if (parameters.some((parameter) => parameter !== 'VALUE=DATE-TIME'))
    throw unfit(schedule, `${name} must have no parameters; state the zone as the time zone of the schedule`);
  return { name: known, value: value.toUpperCase() };
}

function ruleOf(schedule: RecurrenceSchedule, start: string, rule: string): RRuleTemporal {
  const inUtc = rule.replace(/UNTIL=([^;]*)/, (_, time: string) => `UNTIL=${textOf(timeOf(schedule, time))}`);
  try {
    return new (loadRules().RRuleTemporal)({
      rruleString: `DTSTART:${start}\nRRULE:${inUtc}`,
      temporal: loadTemporal().Temporal,
    });
  } catch (error) {
    throw unfit(schedule, error instanceof Error ? error.message : String(error), error);
  }
}

/** Parses `20270131T083000`, with or without a Z, or a date, which is its midnight. */
function timeOf(schedule: RecurrenceSchedule, text: string): WallClockMs {
  const [, year, month, day, hour = '00', minute = '00', second = '00'] =
    /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)Z?)?$/.exec(text) ?? [];
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(ms)) throw unfit(schedule, `'${text}' is no time such as 20270131T083000`);
  return ms;
}

function textOf(ms: WallClockMs): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');
}

function unfit({ rrule }: RecurrenceSchedule, problem: string, cause?: unknown): PoolInputError {
  return new PoolInputError('schedule', [`rrule '${rrule}': ${problem}`], { cause });
}
