import { expect } from 'chai';
import type { ApiFlowRun } from '../../../../../src/orchestrators/prefect/api/api-types.js';
import { claimSeen, holderSeen } from '../../../../../src/orchestrators/prefect/orchestration/succession/run-holder.js';
import { aRun } from '../../support/a-run.js';

const named = (run: ApiFlowRun, name: string): ApiFlowRun => ({
  ...run,
  state: { ...run.state, name } as ApiFlowRun['state'],
});

describe('claimSeen', () => {
  it('finds the claim only of a pending run', () => {
    expect(claimSeen(named(aRun(), 'Pending'))).to.include({ attemptId: 's1', note: null });
    expect(claimSeen({ ...aRun(), state: null })).to.equal(null);
    expect(claimSeen(named(aRun({ state_type: 'RUNNING' }), 'Pending'))).to.equal(null);
    expect(claimSeen(named(aRun(), 'Submitting'))).to.equal(null);
  });

  it('does not know the holder by an attempt that no worker has labelled', () => {
    const run = named(aRun({ labels: { 'worker-host.attempt': 's1' } }), 'Pending');

    expect(holderSeen(run)).to.deep.equal({ kind: 'unknown', sinceMs: Date.parse('2027-01-01T00:00:00Z') });
  });
});
