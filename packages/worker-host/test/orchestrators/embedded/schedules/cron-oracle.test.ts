import { expect } from 'chai';
import { timesOf } from '../../../../src/orchestrators/embedded/schedules/schedules.js';
import { changesOf, expectedTimes, HOUR_MS, shownBetween, ZONES } from '../support/clock-changes.js';

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

/** Returns the values of a field of a cron expression. */
function numbersOf(field: string, lowest: number, highest: number): ReadonlySet<number> {
  const numbers = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '', step = '1'] = part.split('/');
    const [from, to] = range === '*' ? [lowest, highest] : range.split('-').map(Number);
    for (let number = from ?? 0; number <= (to ?? from ?? 0); number += Number(step)) numbers.add(number);
  }
  return numbers;
}

/** Returns whether a local time matches the expression, field by field. */
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

function isEveryHour(expression: string): boolean {
  return numbersOf(expression.split(' ')[1] ?? '', 0, 23).size === 24;
}

describe('times of cron around changes of clocks', () => {
  const changes = ZONES.flatMap((zone) => changesOf(zone).map((nearMs) => ({ zone, nearMs })));

  it('cover two changes of each zone', () => {
    expect(changes).to.have.length(2 * ZONES.length);
  });

  for (const { zone, nearMs } of changes)
    it(`match a search minute by minute in ${zone} at ${new Date(nearMs).toISOString().slice(0, 10)}`, () => {
      const [fromMs, untilMs] = [nearMs - 8 * HOUR_MS, nearMs + 8 * HOUR_MS];
      const shown = shownBetween(zone, fromMs - 5 * HOUR_MS, untilMs);
      const offsets = new Set([...shown].map(([atMs, wallClockMs]) => wallClockMs - atMs));
      expect(offsets.size, 'clocks are changed in this window').to.equal(2);

      for (const cron of EXPRESSIONS) {
        const schedule = { kind: 'cron', cron, timezone: zone } as const;
        const wanted = [...expectedTimes(matcherOf(cron), isEveryHour(cron), shown)]
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
