import { expect } from 'chai';
import type { ApiFlowRun } from '../../../../../src/orchestrators/prefect/api/api-types.js';
import type { AttemptOfStates } from '../../../../../src/orchestrators/prefect/orchestration/leases/attempt-of-states.js';
import {
  launchLabel,
  ownershipLabels,
  parseRunLabels,
  RELEASED,
} from '../../../../../src/orchestrators/prefect/orchestration/leases/run-labels.js';
import { ownerDeaths } from '../../../../../src/orchestrators/prefect/orchestration/succession/owner-deaths.js';

const attempt = { flowRunId: 'r', id: 'a2', startedAtMs: 0 };
const history: AttemptOfStates = { attempt, isRepeated: false, note: null, seenAtMs: 0 };
const identity = { name: 'w', type: 't', workPoolName: 'p' };
const labelled = (token: string, deaths: number, attemptId = 'a2') =>
  ownershipLabels({ identity, workPoolId: null, token, attemptId, silenceMs: 1000, deaths });
const deathsOf = (labels: Record<string, string>, over: Partial<ApiFlowRun> = {}, own: string | null = null): number =>
  ownerDeaths(
    { run: { id: 'r', labels, infrastructure_pid: null, ...over } as unknown as ApiFlowRun, history },
    { hasIssued: (token) => token === own },
  );

describe('ownerDeaths', () => {
  it('counts one more for an owner that neither released nor launched the run', () => {
    expect(deathsOf({})).to.equal(1);
    expect(deathsOf(labelled('dead', 0))).to.equal(1);
    expect(deathsOf(labelled('dead', 2))).to.equal(3);
  });

  it('counts no release, no lease of this process, and nothing after a launch or an infrastructure is stored', () => {
    const launch = launchLabel('a2', { relaunch: 0, place: { at: 'x' }, earlierPid: null });

    expect(deathsOf(labelled(RELEASED, 2))).to.equal(2);
    expect(deathsOf(labelled('ours', 2), {}, 'ours')).to.equal(2);
    expect(deathsOf({ ...labelled('dead', 2), ...launch })).to.equal(2);
    expect(deathsOf(labelled('dead', 2), { infrastructure_pid: 'pid' })).to.equal(2);
  });

  it('restarts with another attempt, and treats an invalid count as none', () => {
    expect(deathsOf(labelled('dead', 2, 'a1'))).to.equal(1);
    expect(parseRunLabels({ 'worker-host.heartbeat': '{"deaths":"x"}' }).deaths).to.equal(0);
  });
});
