import { expect } from 'chai';
import { join, type Samples } from '../../src/comparison/measures.js';
import { type Row, rowsOf } from '../../src/comparison/rows.js';

const rowOf = (key: string, peer: Samples, ours: Samples): Row | undefined =>
  rowsOf({ peer, ours }).find((row) => row.key === key);

describe('rowsOf', () => {
  it('gives the spread of both, the ratio of the medians and the goal as a share of the peer', () => {
    const row = rowOf('start', { start: [2, 1, 4] }, { start: [0.3, 0.5, 0.4, 0.8] });

    expect(row).to.deep.include({ peer: { min: 1, median: 2, max: 4, count: 3 }, ratio: 0.225, goal: 0.4 });
    expect(row?.ours).to.deep.equal({ min: 0.3, median: 0.45, max: 0.8, count: 4 });
    expect(row?.distance).to.be.closeTo(0.125, 1e-9);
  });

  it('meets a goal that is a value without a peer', () => {
    expect(rowOf('memoryIdle', {}, { memoryIdle: [64] })).to.deep.include({
      peer: null,
      ratio: null,
      goal: 64,
      distance: 0,
    });
  });

  it('misses a goal that is the least by what is lacking', () => {
    expect(rowOf('runRate', {}, { runRate: [9] })?.distance).to.equal(0.5);
    expect(rowOf('runRate', {}, { runRate: [20] })?.distance).to.equal(0);
  });

  it('has no goal where that is a share of a peer that was not measured', () => {
    expect(rowOf('start', {}, { start: [1] })).to.deep.include({ goal: null, distance: null });
  });

  it('compares loops with the launches of the worker, and omits them where none were measured', () => {
    expect(rowOf('loop', { loop: [14] }, { lastLaunch: [21] })).to.deep.include({ ratio: 1.5 });
    expect(rowOf('loop', {}, { lastLaunch: [21] })).to.equal(undefined);
  });

  it('omits what was not measured of worker-host', () => {
    expect(rowsOf({ peer: { start: [1] }, ours: {} })).to.deep.equal([]);
  });
});

describe('join', () => {
  it('keeps the values of all parts', () => {
    expect(join([{ start: [1] }, { start: [2], loop: [3] }])).to.deep.equal({ start: [1, 2], loop: [3] });
  });
});
