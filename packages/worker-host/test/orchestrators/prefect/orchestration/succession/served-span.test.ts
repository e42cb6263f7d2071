import { expect } from 'chai';
import { ServedSpan } from '../../../../../src/orchestrators/prefect/orchestration/succession/served-span.js';

describe('ServedSpan', () => {
  it('has not started before the first heartbeat', () => {
    expect(new ServedSpan(30).sinceMs(0)).to.equal(Number.POSITIVE_INFINITY);
  });

  it('continues while heartbeats are at most one and a half intervals apart', () => {
    const span = new ServedSpan(30);
    for (const atMs of [1000, 46_000, 91_000]) span.note(atMs);

    expect(span.sinceMs(91_000 + 45_000)).to.equal(1000);
  });

  it('ends after a longer gap, and starts again with the next heartbeat', () => {
    const span = new ServedSpan(30);
    span.note(1000);

    expect(span.sinceMs(46_001)).to.equal(Number.POSITIVE_INFINITY);
    span.note(46_001);
    expect(span.sinceMs(46_001)).to.equal(46_001);
  });

  it('is not shortened by a late response to a heartbeat', () => {
    const span = new ServedSpan(30);
    for (const atMs of [1000, 31_000, 20_000]) span.note(atMs);

    expect(span.sinceMs(31_000 + 45_000)).to.equal(1000);
  });
});
