import { expect } from 'chai';
import { timesOf } from '../../../../src/orchestrators/embedded/schedules/schedules.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Zones whose clocks are changed, by an hour, by half of one, by two; forward in spring and in autumn. */
const ZONES: readonly string[] = [
  'Europe/Berlin',
  'Europe/London',
  'Atlantic/Azores',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Asia/Beirut',
  'America/New_York',
  'America/St_Johns',
  'America/Santiago',
  'America/Havana',
  'Australia/Sydney',
  'Australia/Lord_Howe',
  'Antarctica/Troll',
  'Pacific/Chatham',
  'Europe/Dublin',
];
/** A year that is over: laws about the clocks of later ones may change. */
const [FROM_MS, UNTIL_MS] = [Date.UTC(2025, 0, 1), Date.UTC(2026, 0, 1)];

/** Times near each change of the clocks of a zone. */
function changesOf(zone: string): readonly number[] {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  const offsetAt = (ms: number): string => format.format(ms).split('GMT')[1] ?? '';
  const stepMs = 4 * HOUR_MS;
  const changes: number[] = [];
  for (let ms = FROM_MS; ms < UNTIL_MS; ms += stepMs) if (offsetAt(ms) !== offsetAt(ms + stepMs)) changes.push(ms);
  return changes;
}

const EXPRESSIONS: readonly string[] = [
  '* * * * *',
  '*/15 * * * *',
  '0-59 * * * *',
  '0 * * * *',
  '0 0-23 * * *',
  '0 0-23/1 * * *',
  '0 */1 * * *',
  '0 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23 * * *',
  '0 12-23,0-11 * * *',
  '*/15 0-23 * * *',
  '37 * * * *',
  '0 */2 * * *',
  '30 1 * * *',
  '30 2 * * *',
  '15,45 2 * * *',
  '*/10 2 * * *',
  '0,30 2 * * *',
  '0 2,3 * * *',
  '*/20 1-3 * * *',
  '* 2 * * *',
  '0 0 * * *',
  '59 23 * * *',
  '30 0 * * *',
  '45 1 * * 0',
  '0 9 * * 1-5',
  '10 2 28 3 *',
];

/** The numbers that a field of a cron text stands for. */
function numbersOf(field: string, lowest: number, highest: number): ReadonlySet<number> {
  const numbers = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '', step = '1'] = part.split('/');
    const [from, to] = range === '*' ? [lowest, highest] : range.split('-').map(Number);
    for (let number = from ?? 0; number <= (to ?? from ?? 0); number += Number(step)) numbers.add(number);
  }
  return numbers;
}

/** Whether a time of clocks is one of the expression's, field by field. */
function matcherOf(expression: string): (shown: Date) => boolean {
  const [minutes = '', hours = '', days = '', months = '', weekdays = ''] = expression.split(' ');
  const [minute, hour] = [numbersOf(minutes, 0, 59), numbersOf(hours, 0, 23)];
  const [day, month, weekday] = [numbersOf(days, 1, 31), numbersOf(months, 1, 12), numbersOf(weekdays, 0, 6)];
  return (shown) =>
    minute.has(shown.getUTCMinutes()) &&
    hour.has(shown.getUTCHours()) &&
    day.has(shown.getUTCDate()) &&
    month.has(shown.getUTCMonth() + 1) &&
    weekday.has(shown.getUTCDay());
}

/** What clocks show at each minute from one time to another. */
function shownBetween(zone: string, fromMs: number, untilMs: number): ReadonlyMap<number, number> {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  const shown = new Map<number, number>();
  for (let atMs = fromMs; atMs <= untilMs; atMs += MINUTE_MS) {
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0] = format.format(atMs).split(/\D+/).map(Number);
    shown.set(atMs, Date.UTC(year, month - 1, day, hour, minute));
  }
  return shown;
}

/** Minute by minute: a time comes at its first pass, at each where every hour is meant; one left out comes later by the gap. */
function expectedTimes(expression: string, shown: ReadonlyMap<number, number>): ReadonlySet<number> {
  const matches = matcherOf(expression);
  const isEveryHour = numbersOf(expression.split(' ')[1] ?? '', 0, 23).size === 24;
  const times = new Set<number>();
  const seen = new Set<number>();
  let before: number | null = null;
  for (const [atMs, wallClockMs] of shown) {
    const gapFrom = before === null ? wallClockMs : before + MINUTE_MS;
    for (let leftOut = gapFrom; leftOut < wallClockMs; leftOut += MINUTE_MS) {
      if (matches(new Date(leftOut))) times.add(atMs + leftOut - gapFrom);
    }
    if (matches(new Date(wallClockMs)) && (isEveryHour || !seen.has(wallClockMs))) times.add(atMs);
    seen.add(wallClockMs);
    before = wallClockMs;
  }
  return times;
}

describe('times of cron around changes of clocks', () => {
  const changes = ZONES.flatMap((zone) => changesOf(zone).map((nearMs) => ({ zone, nearMs })));

  it('are tried around two changes of each zone', () => {
    expect(changes).to.have.length(2 * ZONES.length);
  });

  for (const { zone, nearMs } of changes)
    it(`agree with a minute by minute search in ${zone} at ${new Date(nearMs).toISOString().slice(0, 10)}`, () => {
      const [fromMs, untilMs] = [nearMs - 8 * HOUR_MS, nearMs + 8 * HOUR_MS];
      const shown = shownBetween(zone, fromMs - 5 * HOUR_MS, untilMs);
      const offsets = new Set([...shown].map(([atMs, wallClockMs]) => wallClockMs - atMs));
      expect(offsets.size, 'clocks are changed in this window').to.equal(2);

      for (const cron of EXPRESSIONS) {
        const schedule = { kind: 'cron', cron, timezone: zone } as const;
        const wanted = [...expectedTimes(cron, shown)]
          .filter((ms) => ms > fromMs && ms <= untilMs)
          .sort((a, b) => a - b);
        const text = (times: readonly number[]) => times.map((ms) => new Date(ms).toISOString());
        expect(text(timesOf(schedule, fromMs, untilMs, 10_000)), cron).to.deep.equal(text(wanted));
        for (const afterMs of [fromMs + 7.5 * HOUR_MS, fromMs + 8 * HOUR_MS, fromMs + 8.7 * HOUR_MS]) {
          const some = timesOf(schedule, afterMs, untilMs, 3);
          expect(text(some), `${cron} after ${new Date(afterMs).toISOString()}`).to.deep.equal(
            text(wanted.filter((ms) => ms > afterMs).slice(0, 3)),
          );
        }
      }
    });
});
