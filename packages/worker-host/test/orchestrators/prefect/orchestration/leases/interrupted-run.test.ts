import type { RunLease } from '@worker-host/core';
import { expect } from 'chai';
import type { ApiFlowRun } from '../../../../../src/orchestrators/prefect/api/api-types.js';
import type { AttemptOfStates } from '../../../../../src/orchestrators/prefect/orchestration/leases/attempt-of-states.js';
import { interruptedRun } from '../../../../../src/orchestrators/prefect/orchestration/leases/interrupted-run.js';
import {
  launchLabel,
  ownershipLabels,
} from '../../../../../src/orchestrators/prefect/orchestration/leases/run-labels.js';
import { aRun } from '../../support/a-run.js';

const NOTE = { worker: 'w', lease: 't1', attemptId: null, silenceMs: 18_000 };
const OWN_LABELS = ownershipLabels({
  identity: { name: 'w', type: 'test', workPoolName: 'p' },
  workPoolId: null,
  token: 't1',
  attemptId: 's1',
  silenceMs: 18_000,
  deaths: 0,
});

function taken(
  run: Partial<ApiFlowRun>,
  labels: Readonly<Record<string, string>> = {},
  history: Partial<AttemptOfStates> = {},
) {
  const attempt = { flowRunId: 'r1', id: 's1', startedAtMs: 0 };
  const whole = { attempt, isRepeated: false, note: null, seenAtMs: 0, ...history };
  return interruptedRun({} as RunLease, aRun(run), aRun({ labels }), whole, 2);
}

describe('a run that was taken over', () => {
  it('contains the launch of its attempt, and nothing of the launch before', () => {
    const launch = { relaunch: 1, place: { cluster: 'c' }, earlierPid: 'task-0' };
    const labels = launchLabel('s1', launch);

    expect(taken({}, labels).launch).to.deep.equal({ relaunch: 1, place: { cluster: 'c' } });
    expect(taken({ infrastructure_pid: 'task-1' }, labels).infrastructurePid).to.equal('task-1');
    expect(taken({ infrastructure_pid: 'task-0' }, labels).infrastructurePid).to.equal(null);
    expect(taken({}, launchLabel('s0', launch)).launch).to.equal(null);
    expect(taken({}).flowRun.id).to.equal('r1');
    expect(taken({}).outputCursor).to.equal(null);
    expect(taken({}).deaths).to.equal(2);
  });

  it('contains the infrastructure of a first attempt, whoever stored it', () => {
    expect(taken({ infrastructure_pid: 'task-1' }).infrastructurePid).to.equal('task-1');
    expect(taken({ infrastructure_pid: '' }).infrastructurePid).to.equal(null);
    expect(taken({ infrastructure_pid: 'task-1' }, {}, { note: NOTE }).infrastructurePid).to.equal('task-1');
  });

  it('contains that of a repeated attempt only if a worker of another kind has stored it and the job runs', () => {
    const of = (run: Partial<ApiFlowRun>, labels = {}, note: AttemptOfStates['note'] = null) =>
      taken({ infrastructure_pid: 'task-1', ...run }, labels, { isRepeated: true, note }).infrastructurePid;

    expect(of({ state_type: 'RUNNING' })).to.equal('task-1');
    expect(of({ state_type: 'PENDING' })).to.equal(null);
    expect(of({ state_type: 'RUNNING' }, {}, NOTE)).to.equal(null);
    expect(of({ state_type: 'RUNNING' }, OWN_LABELS)).to.equal(null);
  });
});
