import { expect } from 'chai';
import { HttpTransportError } from '../../../../src/orchestrators/prefect/rest/http-transport.js';
import {
  afterAnswer,
  afterTransportError,
  parseRetryAfterMs,
} from '../../../../src/orchestrators/prefect/rest/retry-policy.js';

const SETTINGS = { maxRetries: 5, retryJitterFactor: 0.2, retryExtraCodes: [] as number[], isCloud: true };
const answer = (status: number, headers: Record<string, string> = {}) => ({ status, headers, body: '' });

describe('the retry policy', () => {
  for (const status of [408, 429, 502, 503]) {
    it(`retries after ${status}`, () => {
      expect(afterAnswer(answer(status), 0, SETTINGS, 0, () => 0.5).retry).to.equal(true);
    });
  }

  for (const status of [200, 400, 401, 404, 409, 422, 500, 504]) {
    it(`does not retry after ${status}`, () => {
      expect(afterAnswer(answer(status), 0, SETTINGS, 0, () => 0.5).retry).to.equal(false);
    });
  }

  it('retries after the extra statuses of the settings', () => {
    expect(afterAnswer(answer(504), 0, { ...SETTINGS, retryExtraCodes: [504] }, 0, () => 0.5).retry).to.equal(true);
  });

  it('gives up after the last retry', () => {
    expect(afterAnswer(answer(503), 4, SETTINGS, 0, () => 0.5).retry).to.equal(true);
    expect(afterAnswer(answer(503), 5, SETTINGS, 0, () => 0.5)).to.deep.equal({ retry: false });
  });

  it('does not count an attempt during planned maintenance', () => {
    const decision = afterAnswer(answer(503, { 'prefect-maintenance': 'true' }), 5, SETTINGS, 0, () => 0.5);

    expect(decision).to.include({ retry: true, counts: false });
  });

  for (const [failures, seconds] of [2, 4, 8, 16, 32].entries()) {
    it(`waits about ${seconds} s after failure ${failures + 1}`, () => {
      for (const chance of [0, 0.5, 0.999]) {
        const decision = afterAnswer(answer(429), failures, SETTINGS, 0, () => chance);
        expect(decision.retry && decision.waitMs).to.be.within(seconds * 823, seconds * 1200);
      }
    });
  }

  it('waits exactly the delay without jitter', () => {
    const decision = afterAnswer(answer(429), 1, { ...SETTINGS, retryJitterFactor: 0 }, 0, () => 0.9);

    expect(decision).to.include({ waitMs: 4000 });
  });

  it('retries soon on a self-hosted server that is briefly busy', () => {
    const waits = [0, 1, 2, 3, 4].map((failures) => {
      const decision = afterAnswer(answer(503), failures, { ...SETTINGS, isCloud: false }, 0, () => 0.5);
      return decision.retry && decision.waitMs;
    });

    expect(waits).to.deep.equal([100, 300, 800, 2000, 5000]);
  });

  it('waits the delay of Retry-After, plus up to the jitter', () => {
    const at = (chance: number) => afterAnswer(answer(429, { 'retry-after': '3.5' }), 0, SETTINGS, 0, () => chance);

    expect(at(0)).to.include({ waitMs: 3500 });
    expect(at(1)).to.include({ waitMs: 4200 });
  });

  for (const [text, expected] of [
    ['2', 2000],
    ['0.5', 500],
    ['-1', 0],
    ['Fri, 01 Jan 2027 00:00:30 GMT', 30_000],
    ['Thu, 31 Dec 2026 00:00:00 GMT', 0],
    ['soon', null],
    ['', null],
    [undefined, null],
  ] as const) {
    it(`reads Retry-After ${JSON.stringify(text)} as ${expected}`, () => {
      expect(parseRetryAfterMs(text, Date.parse('2027-01-01T00:00:00Z'))).to.equal(expected);
    });
  }

  it('fails immediately on a refused connection until the server has responded once', () => {
    const refused = new HttpTransportError('connect', 'refused');

    expect(afterTransportError(refused, 0, false, SETTINGS, () => 0.5).retry).to.equal(false);
    expect(afterTransportError(refused, 0, true, SETTINGS, () => 0.5).retry).to.equal(true);
  });

  it('retries immediately on the first cut connection', () => {
    const reset = new HttpTransportError('reset', 'cut');

    expect(afterTransportError(reset, 0, false, SETTINGS, () => 0.5)).to.include({ waitMs: 0 });
    const second = afterTransportError(reset, 1, false, SETTINGS, () => 0.5);
    expect(second.retry && second.waitMs).to.be.greaterThan(3000);
  });

  it('checks at least every ten seconds whether the server is back', () => {
    const decision = afterTransportError(new HttpTransportError('connect', 'x'), 4, true, SETTINGS, () => 0.99);

    expect(decision.retry && decision.waitMs).to.be.lessThan(10_000);
  });
});
