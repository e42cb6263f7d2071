import { expect } from 'chai';
import { TimeZone } from '../../../../src/orchestrators/embedded/schedules/time-zone.js';

const HOUR_MS = 3_600_000;
const at = (text: string): number => Date.parse(`${text}Z`);

describe('a time zone', () => {
  for (const [name, offsetMs] of [
    ['UTC', 0],
    ['Europe/Berlin', HOUR_MS],
    ['America/New_York', -5 * HOUR_MS],
    ['Asia/Kolkata', 5.5 * HOUR_MS],
    ['America/St_Johns', -3.5 * HOUR_MS],
    ['Pacific/Kiritimati', 14 * HOUR_MS],
  ] as const)
    it(`knows the local time in ${name}`, () => {
      const zone = new TimeZone(name);
      const instantMs = at('2026-01-15T12:34:56.789');

      expect(zone.wallClock(instantMs) - instantMs).to.equal(offsetMs);
      expect(zone.instants(instantMs + offsetMs)).to.deep.equal({
        atMs: [instantMs],
        leftOutAtMs: null,
        earliestMs: instantMs,
        isPlain: true,
      });
    });

  it('knows offsets with seconds', () => {
    // Local mean time of New York, before time zones existed.
    expect(new TimeZone('America/New_York').wallClock(0) + 5 * HOUR_MS).to.equal(0);
    const before = at('1880-01-01T00:00:00');
    expect(new TimeZone('America/New_York').wallClock(before) - before).to.equal(-(4 * 3600 + 56 * 60 + 2) * 1000);
  });

  it('is rejected if its name is unknown', () => {
    expect(() => new TimeZone('Mars/Base')).to.throw(RangeError);
  });

  it('skips local times when clocks are set forward', () => {
    const zone = new TimeZone('Europe/Berlin');

    expect(zone.instants(at('2026-03-29T02:30'))).to.deep.equal({
      atMs: [],
      leftOutAtMs: at('2026-03-29T01:30'),
      earliestMs: at('2026-03-29T00:30'),
      isPlain: false,
    });
    expect(zone.instants(at('2026-03-29T01:59')).atMs).to.deep.equal([at('2026-03-29T00:59')]);
    expect(zone.instants(at('2026-03-29T03:00'))).to.deep.include({
      atMs: [at('2026-03-29T01:00')],
      leftOutAtMs: null,
    });
  });

  it('has local times twice when clocks are set back', () => {
    const zone = new TimeZone('Europe/Berlin');

    expect(zone.instants(at('2026-10-25T02:30'))).to.deep.equal({
      atMs: [at('2026-10-25T00:30'), at('2026-10-25T01:30')],
      leftOutAtMs: null,
      earliestMs: at('2026-10-25T00:30'),
      isPlain: false,
    });
    expect(zone.instants(at('2026-10-25T03:00')).atMs).to.deep.equal([at('2026-10-25T02:00')]);
  });

  it('is regular a day from its changes', () => {
    const zone = new TimeZone('Europe/Berlin');

    expect([-24, 24].map((hours) => zone.instants(at('2026-03-29T02:30') + hours * HOUR_MS).isPlain)).to.deep.equal([
      true,
      true,
    ]);
  });

  it('returns the same result for repeated and arbitrary queries', () => {
    const zone = new TimeZone('Europe/Berlin');
    const first = zone.instants(at('2026-07-01T12:00'));
    for (let hour = 0; hour < 1500; hour += 1) zone.instants(at('2026-01-01T00:00') + hour * HOUR_MS);

    expect(first.atMs).to.deep.equal([at('2026-07-01T10:00')]);
    expect(zone.instants(at('2026-07-01T12:00'))).to.deep.equal(first);
  });
});
