import { expect } from 'chai';
import type { EcsTask } from '../../../src/aws/ecs-api.js';
import {
  expiredLimit,
  limitOfStopReason,
  stopReasonOfLimit,
  untilLimitMs,
} from '../../../src/observation/diagnosis/time-limits.js';

const LAUNCHED_MS = Date.parse('2026-01-01T00:00:10Z');
const LIMITS = { provisioningLimitSeconds: 60, startLimitSeconds: 100, runLimitSeconds: 500 };

function at(second: number): number {
  return Date.parse('2026-01-01T00:00:00Z') + second * 1000;
}

function provisioning(more: Partial<EcsTask> = {}): EcsTask {
  return { lastStatus: 'PROVISIONING', desiredStatus: 'RUNNING', ...more };
}

describe('time limits of a task', () => {
  const expired = (task: EcsTask, nowMs: number, limits = LIMITS) => expiredLimit(task, LAUNCHED_MS, nowMs, limits);
  const until = (task: EcsTask, nowMs: number, limits = LIMITS) => untilLimitMs(task, LAUNCHED_MS, nowMs, limits);

  it('expire after the limit, not at it', () => {
    expect(expired(provisioning(), at(70))).to.equal(null);
    expect(expired(provisioning(), at(70) + 1)).to.deep.equal({ phase: 'provisioning', limitSeconds: 60 });
  });

  it('count from the time ECS created the task if that is before the launch', () => {
    const task = provisioning({ createdAt: '2026-01-01T00:00:04Z' });

    expect(expired(task, at(64))).to.equal(null);
    expect(expired(task, at(64) + 1)?.phase).to.equal('provisioning');
    expect(expired(provisioning({ createdAt: '2026-01-01T00:00:30Z' }), at(70) + 1)?.phase).to.equal('provisioning');
  });

  it('limit the start in every status before RUNNING, and provisioning only in PROVISIONING', () => {
    const pending: EcsTask = { lastStatus: 'PENDING', desiredStatus: 'RUNNING' };

    expect(expired(pending, at(110))).to.equal(null);
    expect(expired(pending, at(110) + 1)).to.deep.equal({ phase: 'start', limitSeconds: 100 });
  });

  it('limit the run from the start that ECS reports', () => {
    const running: EcsTask = { lastStatus: 'RUNNING', startedAt: '2026-01-01T00:01:00Z' };

    expect(expired(running, at(560))).to.equal(null);
    expect(expired(running, at(560) + 1)).to.deep.equal({ phase: 'run', limitSeconds: 500 });
    expect(expired({ lastStatus: 'RUNNING' }, at(110) + 1)?.phase).to.equal('start');
    expect(expired({ ...running, lastStatus: 'PENDING' }, at(110) + 1)?.phase).to.equal('start');
  });

  it('do not apply to a task that stops, or when they are 0', () => {
    expect(expired(provisioning({ desiredStatus: 'STOPPED' }), at(10_000))).to.equal(null);
    expect(expired({ lastStatus: 'STOPPED' }, at(10_000))).to.equal(null);
    const none = { provisioningLimitSeconds: 0, startLimitSeconds: 0, runLimitSeconds: 0 };
    expect(expired(provisioning(), at(10_000), none)).to.equal(null);
    expect(until(provisioning(), at(0), none)).to.equal(Number.POSITIVE_INFINITY);
    expect(expired(provisioning(), at(13), { ...none, startLimitSeconds: 1 })?.phase).to.equal('start');
  });

  it('report the time until one millisecond after the next limit', () => {
    expect(until(provisioning(), at(10))).to.equal(60_001);
    expect(until(provisioning(), at(70))).to.equal(1);
    expect(until(provisioning(), at(70) + 1)).to.equal(40_000);
    expect(until(provisioning(), at(200))).to.equal(Number.POSITIVE_INFINITY);
  });

  it('are parsed from the reason of the stop', () => {
    const limit = { phase: 'start', limitSeconds: 1.5 } as const;

    expect(limitOfStopReason(`Stopped: ${stopReasonOfLimit(limit)}.`)).to.deep.equal(limit);
    expect(limitOfStopReason('Essential container in task exited')).to.equal(null);
    expect(limitOfStopReason(undefined)).to.equal(null);
  });
});
