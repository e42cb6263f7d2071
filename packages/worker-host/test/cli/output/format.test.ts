import { expect } from 'chai';
import { formatDuration, formatLevel, formatWhen } from '../../../src/cli/output/format.js';

describe('format', () => {
  const durations: readonly (readonly [seconds: number, text: string])[] = [
    [-1, '0.0s'],
    [0, '0.0s'],
    [0.44, '0.4s'],
    [9.94, '9.9s'],
    [9.96, '10s'],
    [59.4, '59s'],
    [59.6, '1m 00s'],
    [185, '3m 05s'],
    [3599.6, '1h 00m'],
    [7800, '2h 10m'],
    [90_000, '1d 1h'],
  ];
  for (const [seconds, text] of durations) {
    it(`formats ${seconds} seconds as ${text}`, () => {
      expect(formatDuration(seconds)).to.equal(text);
    });
  }

  it('formats times relative to now, in the past and in the future', () => {
    const nowMs = Date.parse('2026-05-01T12:00:00Z');

    expect(formatWhen('2026-05-01T11:59:48Z', nowMs)).to.equal('12s ago');
    expect(formatWhen('2026-05-01T12:05:00Z', nowMs)).to.equal('in 5m 00s');
    expect(formatWhen(null, nowMs)).to.equal('-');
  });

  it('names levels by their lower bound', () => {
    expect([10, 20, 25, 30, 40, 50].map(formatLevel)).to.deep.equal([
      'DEBUG',
      'INFO',
      'INFO',
      'WARNING',
      'ERROR',
      'CRITICAL',
    ]);
  });
});
