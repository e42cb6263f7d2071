import { expect } from 'chai';
import { layPhases } from '../../src/tracing/phases.js';
import { endOf } from '../host/support/fake-worker.js';

const SEEN = { launchedMs: 1_000, runningMs: 3_000, endMs: 10_000 };

describe('the phases of a job', () => {
  it('end one after the other, the last one with the infrastructure', () => {
    const end = endOf(0, { phasesSeconds: { queued: 9, run: 4, stop: 2 }, endedAtMs: 8_000 });

    expect(layPhases(end, SEEN)).to.deep.equal([
      { name: 'run', startMs: 2_000, endMs: 6_000 },
      { name: 'stop', startMs: 6_000, endMs: 8_000 },
    ]);
  });

  it('end when the worker saw the end, if the infrastructure does not report the time', () => {
    const phases = layPhases(endOf(0, { phasesSeconds: { run: 4 }, endedAtMs: null }), SEEN);

    expect(phases).to.deep.equal([{ name: 'run', startMs: 6_000, endMs: 10_000 }]);
  });

  it('are those that the worker saw, if the infrastructure reports none', () => {
    expect(layPhases(null, SEEN)).to.deep.equal([
      { name: 'start', startMs: 1_000, endMs: 3_000 },
      { name: 'run', startMs: 3_000, endMs: 10_000 },
    ]);
    expect(layPhases(null, { ...SEEN, runningMs: null })).to.deep.equal([]);
  });
});
