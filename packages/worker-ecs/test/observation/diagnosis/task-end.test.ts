import { expect } from 'chai';
import type { EcsTask } from '../../../src/aws/ecs-api.js';
import { describeEnd, ranUserCode } from '../../../src/observation/diagnosis/task-end.js';
import { taskPhasesSeconds } from '../../../src/observation/diagnosis/task-phases.js';

const CONTEXT = { containerName: 'main', attemptStartedAtMs: null, relaunch: 0 };

function endOf(task: EcsTask, { stopRequested = false, relaunch = 0 } = {}) {
  const stopped = { lastStatus: 'STOPPED', ...task };
  return describeEnd({ kind: 'stopped', task: stopped, expiredLimit: null, stopRequested }, { ...CONTEXT, relaunch });
}

describe('describeEnd', () => {
  it('uses the named container, whatever sidecars and added containers did', () => {
    const end = endOf({
      stopCode: 'EssentialContainerExited',
      containers: [{ name: 'side', exitCode: 3 }, { name: 'aws-guardduty-agent-x' }, { name: 'main', exitCode: 0 }],
    });

    expect(end).to.deep.include({ exitCode: 0, diagnosis: null, relaunchable: false });
  });

  it('does not diagnose out of memory unless ECS reports it', () => {
    const killed = endOf({ stopCode: 'EssentialContainerExited', containers: [{ name: 'main', exitCode: 137 }] });
    const starved = endOf({
      stopCode: 'EssentialContainerExited',
      containers: [{ name: 'main', exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' }],
    });

    expect(killed.diagnosis?.kind).to.equal('application-exit');
    expect(killed.diagnosis?.summary).to.include('137');
    expect(starved.diagnosis?.kind).to.equal('out-of-memory');
  });

  it('allows a relaunch of a task that Spot interrupted, with or without an exit code', () => {
    const taken = endOf({ stopCode: 'SpotInterruption', startedAt: 'x', containers: [{ name: 'main' }] });
    const tidy = endOf({ stopCode: 'SpotInterruption', startedAt: 'x', containers: [{ name: 'main', exitCode: 0 }] });

    expect(taken).to.include({ relaunchable: true, userCodeRan: 'unknown', exitCode: null });
    expect(tidy).to.include({ relaunchable: true, userCodeRan: 'yes', exitCode: 0 });
  });

  it('allows a relaunch after a start-up failure only if no code of the job ran', () => {
    const reason = 'Timeout waiting for network interface provisioning to complete.';
    const fresh = endOf({ stopCode: 'TaskFailedToStart', stoppedReason: reason, containers: [] });
    const ran = endOf({ stoppedReason: reason, startedAt: 'x', containers: [{ name: 'main', exitCode: 1 }] });

    expect(fresh).to.include({ relaunchable: true, userCodeRan: 'no' });
    expect(ran).to.include({ relaunchable: false, userCodeRan: 'yes' });
  });

  it('allows no relaunch after a requested stop', () => {
    const end = endOf({ stopCode: 'SpotInterruption', containers: [] }, { stopRequested: true });

    expect(end).to.include({ relaunchable: false, stopRequested: true });
  });

  it('counts launches by `startedBy`, so that the count survives a restart', () => {
    const end = endOf({ startedBy: 'wh/run/attempt/2', stoppedAt: '2026-01-01T00:00:20Z' });

    expect(end).to.include({ relaunch: 2, endedAtMs: Date.parse('2026-01-01T00:00:20Z') });
    expect(endOf({}, { relaunch: 1 })).to.include({ relaunch: 1, endedAtMs: null });
  });

  it('recognises a stop at a time limit by its reason, whichever process requested it', () => {
    const end = endOf({ stopCode: 'UserInitiated', stoppedReason: 'Limit of 60 s for the phase run of the task' });

    expect(end.diagnosis?.kind).to.equal('time-limit');
    expect(end.diagnosis?.resolution).to.include('WORKER_HOST_ECS_RUN_LIMIT_SECONDS');
    expect(end.relaunchable).to.equal(false);
  });

  it('does not report a time limit for a job that had ended just before its stop', () => {
    const task = {
      lastStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      containers: [{ name: 'main', exitCode: 0 }],
    };

    const end = describeEnd(
      { kind: 'stopped', task, expiredLimit: { phase: 'run', limitSeconds: 60 }, stopRequested: false },
      CONTEXT,
    );

    expect(end).to.include({ exitCode: 0, diagnosis: null });
  });

  it('contains stop code, reasons and exit codes in the detail', () => {
    const end = endOf({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ name: 'main', exitCode: 2, reason: 'x failed' }],
    });

    for (const part of ['EssentialContainerExited', 'Essential container in task exited', 'main', '2', 'x failed']) {
      expect(end.diagnosis?.detail).to.include(part);
    }
  });
});

describe('describeEnd of a task whose end was not seen', () => {
  const vanished = (lastSeen: EcsTask | null) =>
    describeEnd({ kind: 'vanished', lastSeen, missingForSeconds: 599.6, stopRequested: false }, CONTEXT);

  it('reports it as vanished, without a relaunch', () => {
    const end = vanished({ startedBy: 'wh/run/attempt/3', taskArn: 'arn:task', containers: [] });

    expect(end).to.include({ exitCode: null, userCodeRan: 'unknown', relaunchable: false, relaunch: 3 });
    expect(end.diagnosis).to.include({ kind: 'vanished', level: 'error' });
    expect(end.diagnosis?.detail).to.include('Missing for 600 s');
    expect(end.facts).to.deep.equal({ taskArn: 'arn:task', containers: [] });
  });

  it('uses no exit code from an earlier description', () => {
    expect(vanished({ containers: [{ name: 'main', exitCode: 0 }] })).to.include({ exitCode: null });
  });

  it('has no facts about a task that was never seen', () => {
    expect(vanished(null)).to.deep.include({ facts: {}, phasesSeconds: {}, endedAtMs: null, relaunch: 0 });
  });
});

describe('describeEnd of a task that stopped', () => {
  it("recognises a requested stop by ECS's stop code", () => {
    expect(endOf({ stopCode: 'UserInitiated', containers: [] }).stopRequested).to.equal(true);
    expect(endOf({ stopCode: 'SpotInterruption', containers: [] }).stopRequested).to.equal(false);
  });

  it('applies an expired limit if ECS reports no stop code, or a requested stop', () => {
    const ended = (stopCode?: string) =>
      describeEnd(
        {
          kind: 'stopped',
          task: { lastStatus: 'STOPPED', ...(stopCode === undefined ? {} : { stopCode }) },
          expiredLimit: { phase: 'start', limitSeconds: 60 },
          stopRequested: false,
        },
        CONTEXT,
      ).diagnosis;

    expect(ended()?.kind).to.equal('time-limit');
    expect(ended('UserInitiated')?.kind).to.equal('time-limit');
    expect(ended('UserInitiated')?.summary).to.equal('The task did not start within 60 s and was stopped');
    expect(ended('SpotInterruption')?.kind).not.to.equal('time-limit');
  });

  it('warns about an end without exit code or known reason', () => {
    const { diagnosis } = endOf({ stoppedReason: 'Something new', containers: [{ name: 'main' }] });

    expect(diagnosis).to.deep.equal({
      kind: 'unknown',
      level: 'warning',
      summary: 'The task ended without an exit code of its main container',
      detail: 'Something new; container main: exit code none',
      resolution: 'If it was stopped by a request, CloudTrail shows by whom.',
    });
  });

  it('explains well-known exit codes', () => {
    const ended = (exitCode: number) =>
      endOf({ stopCode: 'EssentialContainerExited', containers: [{ name: 'main', exitCode }] }).diagnosis;

    expect(ended(127)?.summary).to.equal('The main container exited with code 127 (command not found)');
    expect(ended(127)?.resolution).to.equal('Check command and image.');
    expect(ended(3)?.summary).to.equal('The main container exited with code 3');
    expect(ended(3)?.resolution).to.equal('See the output of the container.');
  });

  it('lists exactly the known facts in the detail', () => {
    const containers = [{ exitCode: 3 }, { name: 'main', exitCode: 4, reason: 'x' }];

    expect(endOf({ containers }).diagnosis?.detail).to.equal(
      'container ?: exit code 3; container main: exit code 4, x',
    );
  });

  it("keeps ECS's facts that have a value", () => {
    const { facts } = endOf({
      taskArn: 'arn:task',
      clusterArn: 'arn:cluster',
      stopCode: 'EssentialContainerExited',
      launchType: 'FARGATE',
      containers: [{ name: 'main', exitCode: 4, reason: 'x' }, {}],
    });

    expect(facts).to.deep.equal({
      taskArn: 'arn:task',
      clusterArn: 'arn:cluster',
      stopCode: 'EssentialContainerExited',
      launchType: 'FARGATE',
      containers: [
        { name: 'main', exitCode: 4, reason: 'x' },
        { name: null, exitCode: null, reason: null },
      ],
    });
    expect(endOf({}).facts).to.deep.equal({ containers: [] });
  });
});

describe('ranUserCode', () => {
  it('is `no` only if ECS proves it', () => {
    expect(ranUserCode({ stopCode: 'TaskFailedToStart' }, 'main')).to.equal('no');
    expect(ranUserCode({ containers: [{ name: 'main', lastStatus: 'PENDING' }] }, 'main')).to.equal('no');
    expect(ranUserCode({}, 'main')).to.equal('unknown');
    expect(ranUserCode({ containers: [{ name: 'main', runtimeId: 'x' }] }, 'main')).to.equal('unknown');
    expect(ranUserCode({ startedAt: 'x', containers: [{ name: 'main' }] }, 'main')).to.equal('unknown');
    expect(ranUserCode({ containers: [{ name: 'main', exitCode: 0 }] }, 'main')).to.equal('yes');
  });
});

describe('taskPhasesSeconds', () => {
  it('derives every phase from the times of ECS', () => {
    const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

    const phases = taskPhasesSeconds(
      {
        createdAt: at(5),
        pullStartedAt: at(15),
        pullStoppedAt: at(22),
        startedAt: at(24),
        stoppingAt: at(50),
        executionStoppedAt: at(48),
        stoppedAt: at(59),
      },
      Date.parse(at(2)),
    );

    expect(phases).to.deep.equal({ queued: 3, provisioning: 10, image_pull: 7, start: 2, run: 24, stop: 11 });
  });

  it('omits unknown phases, and is never negative', () => {
    const phases = taskPhasesSeconds(
      { createdAt: '2026-01-01T00:00:05Z', startedAt: '2026-01-01T00:00:04Z', stoppedAt: 'not a time' },
      null,
    );

    expect(phases).to.deep.equal({ provisioning: 0 });
  });
});
