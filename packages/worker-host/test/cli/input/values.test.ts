import { expect } from 'chai';
import { UsageError } from '../../../src/cli/cli-errors.js';
import {
  parseAssignments,
  parseCount,
  parseDurationSeconds,
  parseLimit,
  parseMoment,
} from '../../../src/cli/input/values.js';

const NOW_MS = Date.parse('2026-05-01T12:00:00Z');

describe('values of the command line', () => {
  it('parses values as JSON if they are JSON and as text otherwise', () => {
    const values = parseAssignments('--param', [
      'n=3',
      'on=true',
      'text=hello there',
      'map={"a":[1]}',
      'eq=a=b',
      'none=',
    ]);

    expect(values).to.deep.equal({ n: 3, on: true, text: 'hello there', map: { a: [1] }, eq: 'a=b', none: '' });
  });

  it('treats __proto__ as an ordinary name', () => {
    const values = parseAssignments('--param', ['__proto__={"polluted":1}']);

    expect(Object.keys(values)).to.deep.equal(['__proto__']);
    expect(({} as { polluted?: number }).polluted).to.equal(undefined);
  });

  for (const pair of ['novalue', '=x']) {
    it(`rejects the pair ${JSON.stringify(pair)}`, () => {
      expect(() => parseAssignments('--param', [pair])).to.throw(UsageError, '--param expects name=value');
    });
  }

  const moments: readonly (readonly [text: string, ms: number])[] = [
    ['10m', NOW_MS + 600_000],
    ['+90s', NOW_MS + 90_000],
    ['1.5h', NOW_MS + 5_400_000],
    ['2026-05-02T00:00:00Z', Date.parse('2026-05-02T00:00:00Z')],
    ['2026-05-02T00:00+02:00', Date.parse('2026-05-01T22:00:00Z')],
  ];
  for (const [text, ms] of moments) {
    it(`parses the time ${text}`, () => {
      expect(parseMoment('--at', text, NOW_MS)).to.equal(ms);
    });
  }

  for (const text of ['soon', '10', '2026-05-02T00:00', '5 minutes', '2026-13-01']) {
    it(`rejects the time ${JSON.stringify(text)}`, () => {
      expect(() => parseMoment('--at', text, NOW_MS)).to.throw(UsageError, '--at expects a time');
    });
  }

  it('parses durations with and without a unit', () => {
    expect(['90', '90s', '10m', '2h', '1d'].map((text) => parseDurationSeconds('--interval', text))).to.deep.equal([
      90, 90, 600, 7200, 86_400,
    ]);
  });

  for (const text of ['0', '0s', '-5', 'x', '']) {
    it(`rejects the duration ${JSON.stringify(text)}`, () => {
      expect(() => parseDurationSeconds('--interval', text)).to.throw(UsageError, '--interval expects a duration');
    });
  }

  it('parses limits, and none for no limit', () => {
    expect(parseLimit('--limit', '0')).to.equal(0);
    expect(parseLimit('--limit', 'none')).to.equal(null);
    expect(() => parseLimit('--limit', '-1')).to.throw(UsageError);
    expect(() => parseCount('--limit', '1.5', 1)).to.throw(UsageError);
    expect(() => parseCount('--limit', '0', 1)).to.throw(UsageError);
    expect(parseCount('--limit', '1', 1)).to.equal(1);
  });
});
