import { expect } from 'chai';
import type { ApiFlowRun } from '../../../../../src/orchestrators/prefect/api/api-types.js';
import type { AttemptOfStates } from '../../../../../src/orchestrators/prefect/orchestration/leases/attempt-of-states.js';
import { claimMessage } from '../../../../../src/orchestrators/prefect/orchestration/leases/claim-message.js';
import {
  compareHistory,
  compareRun,
} from '../../../../../src/orchestrators/prefect/orchestration/leases/lease-check.js';
import { ownershipLabels } from '../../../../../src/orchestrators/prefect/orchestration/leases/run-labels.js';
import { aRun } from '../../support/a-run.js';

const LEASE = { attempt: { id: 's1' }, fencingToken: 't1' };
const labelled = (attemptId: string, token: string) =>
  ownershipLabels({
    identity: { name: 'w', type: 'test', workPoolName: 'p' },
    workPoolId: null,
    token,
    attemptId,
    silenceMs: 18_000,
    deaths: 0,
  });
const message = (lease: string, attemptId: string | null) =>
  claimMessage({ worker: 'w', lease, attemptId, silenceMs: 18_000 });

/** A pending run with this state message. */
function pending(text: string | null, name = 'Pending', labels = {}): ApiFlowRun {
  const run = aRun({ labels });
  return { ...run, state: { ...run.state, name, message: text } as ApiFlowRun['state'] };
}

const running = (labels = {}): ApiFlowRun => aRun({ state_type: 'RUNNING', labels });

describe('compareRun', () => {
  const reasonOf = (run: ApiFlowRun | null) => {
    const finding = compareRun(run, LEASE);
    return finding.kind === 'lost' ? finding.reason : finding.kind;
  };

  it('ends the lease of a run that is deleted, final or scheduled again', () => {
    expect(reasonOf(null)).to.equal('it was deleted');
    expect(reasonOf(aRun({ state_type: 'COMPLETED', state_name: 'Done' }))).to.equal('it is Done');
    expect(reasonOf(aRun({ state_type: 'FAILED', state_name: null }))).to.equal('it is FAILED');
    expect(reasonOf(aRun({ state_type: 'SCHEDULED' }))).to.equal('it was scheduled again');
  });

  it('keeps the lease of a run whose own job waits to retry', () => {
    const empirical_policy = { retry_type: 'in_process' } as unknown as ApiFlowRun['empirical_policy'];

    expect(reasonOf(aRun({ state_type: 'SCHEDULED', empirical_policy, labels: labelled('s1', 't1') }))).to.equal(
      'held',
    );
  });

  it('is valid by the labels of the attempt, if the token is its own', () => {
    expect(reasonOf(running(labelled('s1', 't1')))).to.equal('held');
    expect(reasonOf(running(labelled('s1', 't2')))).to.equal('another worker owns it');
    expect(reasonOf(running(labelled('s0', 't1')))).to.equal('held');
    expect(reasonOf(running(labelled('s0', 't2')))).to.equal('unclear');
    expect(reasonOf(running())).to.equal('unclear');
  });

  it('is valid by the claim of a pending run', () => {
    expect(reasonOf(pending(message('t1', null)))).to.equal('held');
    expect(reasonOf(pending(message('t2', null)))).to.equal('unclear');
    expect(reasonOf(pending(message('t1', 's9')))).to.equal('another attempt has started');
    expect(reasonOf(pending(message('t1', 's1'), 'Submitting'))).to.equal('held');
    expect(reasonOf(pending(null, 'Submitting', labelled('s1', 't1')))).to.equal('unclear');
    expect(reasonOf(pending(null))).to.equal('unclear');
  });
});

describe('compareHistory', () => {
  const history = (id: string, lease: string | null): AttemptOfStates => ({
    attempt: { flowRunId: 'r1', id, startedAtMs: 0 },
    isRepeated: false,
    note: lease === null ? null : { worker: 'w', lease, attemptId: null, silenceMs: 18_000 },
    seenAtMs: 0,
  });

  it('is valid if the attempt is the last one, and its claim or labels contain the token', () => {
    expect(compareHistory(running(), history('s1', 't1'), LEASE)).to.deep.equal({ kind: 'held' });
    expect(compareHistory(running(labelled('s1', 't1')), history('s1', null), LEASE)).to.deep.equal({ kind: 'held' });
    expect(compareHistory(running(), history('s1', 't2'), LEASE)).to.include({ reason: 'another worker owns it' });
    expect(compareHistory(running(), history('s2', 't1'), LEASE)).to.include({
      reason: 'another attempt has started',
    });
    expect(compareHistory(running(), null, LEASE)).to.include({ reason: 'another attempt has started' });
  });
});
