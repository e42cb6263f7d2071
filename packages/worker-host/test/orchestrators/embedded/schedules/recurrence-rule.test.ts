import { expect } from 'chai';
import { assertSchedule, startsOf, timesOf } from '../../../../src/orchestrators/embedded/schedules/schedules.js';
import { changesOf, expectedTimes, HOUR_MS, shownBetween, ZONES } from '../support/clock-changes.js';
import { thrownBy } from '../support/pool-bench.js';

const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 366 * DAY_MS;

const rule = (rrule: string, timezone: string | null = null) => ({ kind: 'rrule', rrule, timezone }) as const;
const text = (times: readonly number[]) => times.map((ms) => new Date(ms).toISOString());
const next = (rrule: string, after: string, most = 3, timezone: string | null = null) =>
  text(timesOf(rule(rrule, timezone), Date.parse(after), Date.parse(after) + 4 * YEAR_MS, most));

const minutesOf = (shown: Date): number => shown.getUTCHours() * 60 + shown.getUTCMinutes();
const START_MS = Date.UTC(2025, 0, 1);
const daysOf = (shown: Date): number => Math.floor((shown.getTime() - START_MS) / DAY_MS);

/** Rules, each with an equivalent in another form. */
const RULES: readonly (readonly [rrule: string, matches: (shown: Date) => boolean])[] = [
  ['FREQ=DAILY;BYHOUR=2;BYMINUTE=30', (shown) => minutesOf(shown) === 150],
  ['FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=15,45', (shown) => [75, 105, 135, 165, 195, 225].includes(minutesOf(shown))],
  [
    'DTSTART:20250101T003000\nRRULE:FREQ=DAILY;INTERVAL=2',
    (shown) => minutesOf(shown) === 30 && daysOf(shown) % 2 === 0,
  ],
  [
    'FREQ=WEEKLY;BYDAY=SA,SU;BYHOUR=2;BYMINUTE=0',
    (shown) => minutesOf(shown) === 120 && [0, 6].includes(shown.getUTCDay()),
  ],
  [
    'RRULE:FREQ=MONTHLY;BYDAY=-1SU;BYHOUR=2;BYMINUTE=5',
    (shown) =>
      minutesOf(shown) === 125 &&
      shown.getUTCDay() === 0 &&
      new Date(shown.getTime() + 7 * DAY_MS).getUTCMonth() !== shown.getUTCMonth(),
  ],
  ['FREQ=HOURLY;BYMINUTE=10', (shown) => shown.getUTCMinutes() === 10],
  ['FREQ=HOURLY;INTERVAL=2;BYMINUTE=0', (shown) => shown.getUTCMinutes() === 0 && shown.getUTCHours() % 2 === 0],
  ['FREQ=MINUTELY;INTERVAL=15', (shown) => shown.getUTCMinutes() % 15 === 0],
  [
    'RRULE:FREQ=DAILY;BYHOUR=1,2;BYMINUTE=0\nEXRULE:FREQ=DAILY;BYHOUR=1;BYMINUTE=0',
    (shown) => minutesOf(shown) === 120,
  ],
];

describe('times of a recurrence rule', () => {
  const changes = ZONES.flatMap((zone) => changesOf(zone).map((nearMs) => ({ zone, nearMs })));

  for (const { zone, nearMs } of changes)
    it(`match a search minute by minute in ${zone} at ${new Date(nearMs).toISOString().slice(0, 10)}`, () => {
      const [fromMs, untilMs] = [nearMs - 8 * HOUR_MS, nearMs + 8 * HOUR_MS];
      const shown = shownBetween(zone, fromMs - 5 * HOUR_MS, untilMs);
      for (const [rrule, matches] of RULES) {
        const wanted = [...expectedTimes(matches, false, shown)]
          .filter((ms) => ms > fromMs && ms <= untilMs)
          .sort((a, b) => a - b);
        expect(text(timesOf(rule(rrule, zone), fromMs, untilMs, 10_000)), rrule).to.deep.equal(text(wanted));
      }
    }).timeout(60_000);

  it('start with DTSTART, and end with COUNT or UNTIL', () => {
    expect(next('DTSTART:20270131T083000\nRRULE:FREQ=MONTHLY;COUNT=2', '2026-01-01T00:00:00Z')).to.deep.equal([
      '2027-01-31T08:30:00.000Z',
      '2027-03-31T08:30:00.000Z',
    ]);
    for (const until of ['20270103T080000', '20270103T080000Z', '20270104'])
      expect(
        next(`DTSTART:20270102T080000Z RRULE:FREQ=DAILY;UNTIL=${until}`, '2026-01-01T00:00:00Z', 9, 'Asia/Tokyo'),
        until,
      ).to.deep.equal(['2027-01-01T23:00:00.000Z', '2027-01-02T23:00:00.000Z']);
  });

  it('start in 2020 if a rule has no start, as in Prefect', () => {
    expect(next('FREQ=DAILY;INTERVAL=7', '2026-11-25T00:00:00Z', 2)).to.deep.equal([
      '2026-12-02T00:00:00.000Z',
      '2026-12-09T00:00:00.000Z',
    ]);
  });

  it('include all rules and dates, without exceptions', () => {
    const set = [
      'DTSTART:20270101T090000',
      'RRULE:FREQ=WEEKLY;BYDAY=FR',
      'RRULE:FREQ=MONTHLY;BYMONTHDAY=3',
      'RDATE:20270102T120000,20270108T090000Z',
      'EXDATE:20270101T090000',
    ].join('\n');
    expect(next(set, '2026-12-01T00:00:00Z', 4)).to.deep.equal([
      '2027-01-02T12:00:00.000Z',
      '2027-01-03T09:00:00.000Z',
      '2027-01-08T09:00:00.000Z',
      '2027-01-15T09:00:00.000Z',
    ]);
  });

  it('have the jitter of their schedule', () => {
    const [start] = startsOf('id', { ...rule('FREQ=DAILY'), jitterSeconds: 60 }, 0, Date.UTC(2027, 0, 1), 1);
    expect((start?.startMs ?? 0) - (start?.timeMs ?? 0)).to.be.within(1, 60_000);
  });

  const refused: readonly (readonly [rrule: string, problem: string])[] = [
    ['', 'it has neither RRULE nor RDATE'],
    ['FREQ=OFTEN', 'FREQ'],
    ['DTSTART:20270101T090000', 'it has neither RRULE nor RDATE'],
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', 'it comes too rarely to be found'],
    ['DTSTART:20200101T000000\nRRULE:FREQ=DAILY;COUNT=1', 'it never comes'],
    ['RRULE:FREQ=DAILY\nEXRULE:FREQ=DAILY', 'it never comes'],
    ['DTSTART;TZID=Europe/Berlin:20270101T090000\nRRULE:FREQ=DAILY', 'DTSTART must have no parameters'],
    ['DTSTART:20270101T090000 DTSTART:20270101T090000 RRULE:FREQ=DAILY', 'it has more than one DTSTART'],
    ['RRULE:FREQ=DAILY\nEXDATE:tomorrow', "'TOMORROW' is no time"],
    ['BEGIN:VEVENT\nRRULE:FREQ=DAILY', "'BEGIN' is none of DTSTART, RRULE"],
    [`FREQ=DAILY;BYHOUR=${'1,'.repeat(4000)}1`, 'its rule is longer than 6500 characters'],
  ];
  for (const [rrule, problem] of refused)
    it(`are rejected for ${JSON.stringify(rrule).slice(0, 70)}`, () => {
      const error = thrownBy(() => assertSchedule(rule(rrule)));
      expect(error.message).to.contain(problem);
      expect(error.code).to.equal('POOL_INPUT_INVALID');
    }).timeout(30_000);

  it('are rejected in an unknown zone', () => {
    expect(thrownBy(() => assertSchedule(rule('FREQ=DAILY', 'Mars/Base'))).message).to.contain(
      "unknown time zone 'Mars/Base'",
    );
  });
});
