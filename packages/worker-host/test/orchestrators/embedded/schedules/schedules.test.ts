import { expect } from 'chai';
import type { Schedule } from '../../../../src/orchestrators/embedded/schedules/schedule-types.js';
import { assertSchedule, timesOf } from '../../../../src/orchestrators/embedded/schedules/schedules.js';
import { thrownBy } from '../support/pool-bench.js';

const cron = (text: string, timezone: string | null = null): Schedule => ({ kind: 'cron', cron: text, timezone });
const every = (intervalSeconds: number, anchor: string | null = null): Schedule => ({
  kind: 'interval',
  intervalSeconds,
  anchor,
});
const times = (schedule: Schedule, after: string, until: string, most = 100): readonly string[] =>
  timesOf(schedule, Date.parse(after), Date.parse(until), most).map((ms) =>
    new Date(ms).toISOString().replace(':00.000Z', ''),
  );

describe('times of a schedule', () => {
  it('of cron are in UTC by default', () => {
    expect(times(cron('30 8 * * 1-5'), '2026-01-02T00:00Z', '2026-01-06T00:00Z')).to.deep.equal([
      '2026-01-02T08:30',
      '2026-01-05T08:30',
    ]);
    expect(times(cron('30 8 * * *', 'Asia/Kolkata'), '2026-01-02T00:00Z', '2026-01-03T00:00Z')).to.deep.equal([
      '2026-01-02T03:00',
    ]);
  });

  it('follow one time, up to and including another, at most the requested number', () => {
    const hourly = cron('0 * * * *');
    expect(times(hourly, '2026-01-02T01:00Z', '2026-01-02T03:00Z')).to.deep.equal([
      '2026-01-02T02:00',
      '2026-01-02T03:00',
    ]);
    expect(times(hourly, '2026-01-02T01:00Z', '2026-01-03T03:00Z', 2)).to.have.length(2);
    expect(times(hourly, '2026-01-02T01:00Z', '2026-01-02T01:59Z')).to.deep.equal([]);
  });

  it('on a day that not every month has occur only in months with that day', () => {
    expect(times(cron('0 0 31 * *'), '2026-01-01T00:00Z', '2026-06-01T00:00Z')).to.deep.equal([
      '2026-01-31T00:00',
      '2026-03-31T00:00',
      '2026-05-31T00:00',
    ]);
    expect(times(cron('0 0 29 2 *'), '2026-01-01T00:00Z', '2029-01-01T00:00Z')).to.deep.equal(['2028-02-29T00:00']);
  });

  it('keep their time of day when clocks are set forward, and a skipped one is an hour later', () => {
    expect(times(cron('0 9 * * *', 'Europe/Berlin'), '2026-03-28T00:00Z', '2026-03-30T00:00Z')).to.deep.equal([
      '2026-03-28T08:00',
      '2026-03-29T07:00',
    ]);
    expect(times(cron('30 2 * * *', 'Europe/Berlin'), '2026-03-28T00:00Z', '2026-03-31T00:00Z')).to.deep.equal([
      '2026-03-28T01:30',
      '2026-03-29T01:30',
      '2026-03-30T00:30',
    ]);
    expect(times(cron('0 * * * *', 'Europe/Berlin'), '2026-03-28T23:30Z', '2026-03-29T03:00Z')).to.deep.equal([
      '2026-03-29T00:00',
      '2026-03-29T01:00',
      '2026-03-29T02:00',
      '2026-03-29T03:00',
    ]);
  });

  it('occur once when clocks are set back, the first time', () => {
    expect(times(cron('30 2 * * *', 'Europe/Berlin'), '2026-10-24T00:00Z', '2026-10-27T00:00Z')).to.deep.equal([
      '2026-10-24T00:30',
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
    expect(times(cron('30 1 * * *', 'America/New_York'), '2026-10-31T12:00Z', '2026-11-03T00:00Z')).to.deep.equal([
      '2026-11-01T05:30',
      '2026-11-02T06:30',
    ]);
  });

  it('of every hour or minute continue through the repeated hour', () => {
    const hours = ['2026-10-24T23:00', '2026-10-25T00:00', '2026-10-25T01:00', '2026-10-25T02:00', '2026-10-25T03:00'];
    expect(times(cron('0 * * * *', 'Europe/Berlin'), '2026-10-24T22:30Z', '2026-10-25T03:00Z')).to.deep.equal(hours);
    const quarters = times(cron('*/15 * * * *', 'Europe/Berlin'), '2026-10-25T00:00Z', '2026-10-25T03:00Z');
    expect(quarters).to.have.length(12);
    expect(new Set(quarters).size).to.equal(12);
  });

  it('do not depend on how far ahead they are computed', () => {
    for (const schedule of [cron('*/20 * * * *', 'Europe/Berlin'), cron('30 2 * * *', 'Europe/Berlin'), every(1234)]) {
      const until = Date.parse('2026-10-26T00:00Z');
      const atOnce = timesOf(schedule, Date.parse('2026-10-24T00:00Z'), until, 10_000);
      const oneByOne: number[] = [];
      for (let from = Date.parse('2026-10-24T00:00Z'); ; ) {
        const [next] = timesOf(schedule, from, until, 1);
        if (next === undefined) break;
        oneByOne.push(next);
        from = next;
      }
      expect(oneByOne).to.deep.equal(atOnce);
    }
  });

  it('of an interval are relative to its anchor, before and after it', () => {
    const schedule = every(3600, '2026-01-10T00:10:00Z');
    const expected = (day: string) => [`2026-01-${day}T01:10`, `2026-01-${day}T02:10`];
    for (const day of ['02', '20'])
      expect(times(schedule, `2026-01-${day}T00:10Z`, `2026-01-${day}T03:00Z`)).to.deep.equal(expected(day));
    expect(times(every(600), '2026-01-02T00:05Z', '2026-01-02T00:20Z')).to.deep.equal([
      '2026-01-02T00:10',
      '2026-01-02T00:20',
    ]);
  });

  it('of an interval with a fraction occur once each, although times are whole milliseconds', () => {
    const schedule = every(1.0004);
    const [first = 0, second = 0, third] = timesOf(schedule, 0, 10_000, 3);

    expect([first, second, third]).to.deep.equal([1000, 2001, 3001]);
    expect(timesOf(schedule, first, 10_000, 1)).to.deep.equal([second]);
    expect(timesOf(schedule, second, 10_000, 1)).to.deep.equal([third]);
  });

  it('of an interval follow elapsed time, whatever clocks are set to', () => {
    expect(times(every(3600), '2026-03-29T00:00Z', '2026-03-29T04:00Z')).to.have.length(4);
  });
});

describe('a schedule', () => {
  for (const schedule of [
    cron('not cron'),
    cron('61 * * * *'),
    cron('0 0 30 2 *'),
    cron('0 0 0 * * *'),
    cron('0 0 * * *', 'Europe/Nowhere'),
    every(0),
    every(0.5),
    every(Number.NaN),
    every(60, 'yesterday'),
  ])
    it(`${JSON.stringify(schedule)} is rejected`, () => {
      expect(thrownBy(() => assertSchedule(schedule))).to.include({ code: 'POOL_INPUT_INVALID' });
    });

  for (const [text, reason] of [
    ['0 0 31 4,6,9,11 *', `cron '0 0 31 4,6,9,11 *' never matches`],
    ['0 0 30 2 *', `cron '0 0 30 2 *' never matches`],
    ['0 0 32 * *', `cron '0 0 32 * *': Invalid value for day of month: 32; expected`],
    ['0 0 0 * *', `cron '0 0 0 * *': Invalid value for day of month: 0; expected`],
    ['0 0 * 1-13 *', `cron '0 0 * 1-13 *': Invalid value for month: 13; expected`],
    ['0 24/2 * * *', `cron '0 24/2 * * *': Invalid value for hour: 24; expected`],
    ['5,60 * * * *', `cron '5,60 * * * *': Invalid value for minute: 60; expected`],
    ['0 0 * * 8', `cron '0 0 * * 8': Invalid value for day of week: 8; expected`],
  ] as const)
    it(`${text} is rejected with the problem`, () => {
      const { message } = thrownBy(() => assertSchedule(cron(text)));
      expect(message).to.contain(reason);
    });

  for (const schedule of [cron('0 0 29 2 *'), cron('*/5 * * * *', 'Asia/Tokyo'), every(1), every(60, '2026-01-01')])
    it(`${JSON.stringify(schedule)} is accepted`, () => {
      expect(() => assertSchedule(schedule)).not.to.throw();
    });

  it('accepts expressions and zones of a realistic length', () => {
    const everyMinute = Array.from({ length: 60 }, (_, minute) => minute).join(',');
    assertSchedule(cron(`${everyMinute} * * * *`));

    expect(thrownBy(() => assertSchedule(cron(`${'0,'.repeat(500)}0 * * * *`))).message).to.contain('1000 characters');
    expect(thrownBy(() => assertSchedule(cron('0 * * * *', 'x'.repeat(101)))).message).to.contain('100 characters');
  });
});
