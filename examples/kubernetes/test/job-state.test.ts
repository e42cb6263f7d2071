import { expect } from 'chai';
import type { Job, Pod } from '../src/api/kubernetes-objects.js';
import { hasEnded, progressOf, resultOf } from '../src/jobs/job-state.js';

const STOPPED = { 'worker-host.dev/stop-requested': '2026-01-02T03:04:05Z' };

function aJob(over: { readonly condition?: string; readonly isStopped?: boolean } = {}): Job {
  const { condition, isStopped = false } = over;
  return {
    metadata: { name: 'j', annotations: isStopped ? STOPPED : {} },
    spec: { suspend: isStopped },
    status: { conditions: condition ? [{ type: condition, status: 'True', reason: 'BackoffLimitExceeded' }] : [] },
  };
}

function aPod(status: NonNullable<Pod['status']>): Pod {
  return { metadata: { name: 'p' }, status };
}

const ended = (exitCode: number, reason = 'Error'): Pod =>
  aPod({ phase: 'Failed', containerStatuses: [{ name: 'job', state: { terminated: { exitCode, reason } } }] });

describe('the state of a Kubernetes job', () => {
  it('is an end when the job is finished and no pod is running', () => {
    const pods = [aPod({ phase: 'Running' })];

    expect(hasEnded({ job: aJob(), pods: [] })).to.equal(false);
    expect(hasEnded({ job: aJob({ condition: 'Failed' }), pods })).to.equal(false);
    expect(hasEnded({ job: aJob({ condition: 'Failed' }), pods: [] })).to.equal(true);
    expect(hasEnded({ job: aJob({ isStopped: true }), pods })).to.equal(false);
    expect(hasEnded({ job: aJob({ isStopped: true }), pods: [] })).to.equal(true);
  });

  it('waits for capacity since no node had room, and provisions once one has', () => {
    const unschedulable = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' };
    const at = '2026-01-02T03:04:05Z';
    const waiting = aPod({ phase: 'Pending', conditions: [{ ...unschedulable, lastTransitionTime: at }] });
    const scheduled = aPod({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'True' }] });

    expect(progressOf({ job: aJob(), pods: [aPod({ phase: 'Pending' })] })).to.equal(null);
    expect(progressOf({ job: aJob(), pods: [waiting] })).to.deep.equal({
      phase: 'waiting-for-capacity',
      sinceMs: Date.parse(at),
      reason: '0/3 nodes',
    });
    expect(progressOf({ job: aJob(), pods: [scheduled] })).to.deep.equal({ phase: 'provisioning' });
    expect(progressOf({ job: aJob(), pods: [aPod({ phase: 'Running' })] })).to.deep.equal({ phase: 'running' });
  });

  for (const [what, view, statusCode, kind, relaunchable] of [
    [
      'used too much memory',
      { job: aJob({ condition: 'Failed' }), pods: [ended(137, 'OOMKilled')] },
      137,
      'out-of-memory',
      false,
    ],
    ['failed', { job: aJob({ condition: 'Failed' }), pods: [ended(3)] }, 3, undefined, false],
    [
      'was evicted',
      { job: aJob({ condition: 'Failed' }), pods: [aPod({ phase: 'Failed', reason: 'Evicted', message: 'disk' })] },
      -1,
      'pod-taken-away',
      true,
    ],
    ['left no pod', { job: aJob({ condition: 'Failed' }), pods: [] }, -1, 'job-failed', false],
    ['was stopped', { job: aJob({ isStopped: true }), pods: [] }, 143, undefined, false],
    ['was stopped and ended with 0', { job: aJob({ isStopped: true }), pods: [ended(0)] }, 143, undefined, false],
  ] as const)
    it(`recognises a job that ${what}`, () => {
      const result = resultOf('pid', view, null, 2);

      expect([
        result.statusCode,
        result.end?.diagnosis?.kind,
        result.end?.relaunchable,
        result.end?.relaunch,
      ]).to.deep.equal([statusCode, kind, relaunchable, 2]);
    });
});
