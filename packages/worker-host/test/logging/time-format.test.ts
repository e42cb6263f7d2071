import { expect } from 'chai';
import { LOCAL_TIME, UTC_TIME } from '../../src/logging/time-format.js';

describe('times for people', () => {
  const before = process.env.TZ;
  afterEach(() => {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  });
  const at = Date.parse('2026-05-01T22:04:05.678Z');

  const zones = [
    ['America/New_York', '2026-05-01 18:04:05', '-04:00'],
    ['Asia/Kolkata', '2026-05-02 03:34:05', '+05:30'],
    ['UTC', '2026-05-01 22:04:05', '+00:00'],
  ] as const;
  for (const [zone, second, offset] of zones)
    it(`contain the date in ${zone}`, () => {
      process.env.TZ = zone;

      expect(LOCAL_TIME.second(at)).to.equal(second);
      expect(LOCAL_TIME.millisecond(at)).to.equal(`${second}.678`);
      expect(LOCAL_TIME.zoned(at)).to.equal(`${second} ${offset}`);
    });

  it('are marked as UTC on request', () => {
    process.env.TZ = 'Asia/Tokyo';

    expect(UTC_TIME.second(at)).to.equal('2026-05-01 22:04:05Z');
    expect(UTC_TIME.millisecond(at)).to.equal('2026-05-01 22:04:05.678Z');
    expect(UTC_TIME.zoned(at)).to.equal('2026-05-01 22:04:05Z');
  });

  it('show an invalid time as a number', () => {
    expect(LOCAL_TIME.second(Number.NaN)).to.equal('NaN');
    expect(UTC_TIME.millisecond(9e15)).to.match(/^9000000000000000Z$/);
  });
});
