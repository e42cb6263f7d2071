import { expect } from 'chai';
import type { EcsTask } from '../../../src/aws/ecs-api.js';
import { diagnoseEcsTask } from '../../../src/observation/diagnosis/diagnose-ecs-task.js';
import { matchStopReason } from '../../../src/observation/stop-reasons/match-stop-reason.js';

describe('diagnoseEcsTask', () => {
  const cases = [
    { task: { lastStatus: 'RUNNING', containers: [{ exitCode: 1 }] }, kind: null },
    { task: { lastStatus: 'STOPPED', stopCode: 'UserInitiated', containers: [{ exitCode: 0 }] }, kind: null },
    { task: { lastStatus: 'STOPPED' }, kind: null },
    {
      task: { lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart', stoppedReason: 'CannotPullContainerError: x' },
      kind: 'image-pull',
      level: 'ERROR',
    },
    { task: { lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart' }, kind: 'failed-to-start', level: 'ERROR' },
    {
      task: { lastStatus: 'STOPPED', stopCode: 'EssentialContainerExited', containers: [{ name: 'a', exitCode: 2 }] },
      kind: 'essential-container-exited',
      level: 'ERROR',
    },
    {
      task: { lastStatus: 'STOPPED', stopCode: 'EssentialContainerExited', containers: [{ name: 'a' }] },
      kind: 'essential-container-exited',
      level: 'WARNING',
    },
    {
      task: { lastStatus: 'STOPPED', stopCode: null, containers: [{ name: 'a' }, { exitCode: 0 }] },
      kind: 'terminated-by-infrastructure',
      level: 'WARNING',
    },
    {
      task: { lastStatus: 'STOPPED', stopCode: 'SpotInterruption', containers: [{ name: 'a' }, { exitCode: 1 }] },
      kind: 'non-zero-exit',
      level: 'ERROR',
    },
  ] as const;

  for (const { task, kind, ...expected } of cases) {
    it(`finds ${kind ?? 'nothing'} in ${JSON.stringify(task)}`, () => {
      const diagnosis = diagnoseEcsTask(task);

      expect(diagnosis?.kind ?? null).to.equal(kind);
      if ('level' in expected) expect(diagnosis?.level).to.equal(expected.level);
    });
  }

  describe('explains', () => {
    const explain = (task: EcsTask) => diagnoseEcsTask({ lastStatus: 'STOPPED', ...task });

    it('a failed container by name and exit code, with the reasons of container and task', () => {
      const diagnosis = explain({
        stopCode: 'EssentialContainerExited',
        stoppedReason: 'Essential container in task exited',
        containers: [
          { name: 'main', exitCode: 2, reason: 'main failed' },
          { name: 'fine', exitCode: 0 },
          { containerArn: 'arn:container/side' },
        ],
      });

      expect(diagnosis).to.deep.equal({
        kind: 'essential-container-exited',
        level: 'ERROR',
        cause: 'application-exit',
        summary: 'An essential container exited, which ended the task',
        detail:
          'Container main exited with code 2. Container arn:container/side has no exit code. main failed ' +
          'Essential container in task exited',
        resolution: 'See the output of the container. Exit code 137 can mean that it ran out of memory.',
      });
    });

    it("a cause that ECS's reason contains", () => {
      const task = {
        stopCode: 'EssentialContainerExited',
        containers: [{ name: 'main', exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' }],
      };
      const diagnosis = explain(task);

      expect(diagnosis?.cause).to.equal('out-of-memory');
      expect(diagnosis?.summary).not.to.equal('An essential container exited, which ended the task');
      expect(diagnosis?.resolution).to.equal(matchStopReason({ lastStatus: 'STOPPED', ...task })?.resolution);
      expect(diagnosis?.resolution).not.to.include('Exit code 137 can mean');
    });

    it("a failed start by ECS's reason alone", () => {
      const containers = [{ name: 'main', reason: 'not shown' }];
      const reason = 'CannotPullContainerError: no such manifest';
      const task = { stopCode: 'TaskFailedToStart', containers };

      expect(explain({ ...task, stoppedReason: reason })?.detail).to.equal(reason);
      expect(explain({ ...task, stoppedReason: 'Something new' })?.detail).to.equal('Something new');
      expect(explain(task)?.detail).to.equal('ECS gives no reason.');
    });

    it('a failed start as an error although no container has an exit code', () => {
      const containers = [{ name: 'main' }];
      const stoppedReason = 'CannotPullContainerError: x';

      expect(explain({ stopCode: 'TaskFailedToStart', stoppedReason, containers })?.level).to.equal('ERROR');
      expect(explain({ stopCode: 'TaskFailedToStart', containers })?.level).to.equal('ERROR');
    });

    it('an essential container as an error when one of several has an exit code', () => {
      const stopCode = 'EssentialContainerExited';

      expect(explain({ stopCode, containers: [{ name: 'a' }, { name: 'b', exitCode: 1 }] })?.level).to.equal('ERROR');
      expect(explain({ stopCode, containers: [{ name: 'a' }, { name: 'b', exitCode: 0 }] })?.level).to.equal('WARNING');
      expect(explain({ stopCode, containers: [{ name: 'b', exitCode: 0 }] })?.level).to.equal('ERROR');
      expect(explain({ stopCode })?.level).to.equal('ERROR');
    });

    it('an end without any information as one without a reason', () => {
      expect(explain({ stopCode: 'EssentialContainerExited' })).to.include({
        cause: 'unknown',
        detail: 'ECS gives no reason.',
      });
    });

    it('a container without an exit code as an unknown cause', () => {
      const diagnosis = explain({ stopCode: 'ServiceSchedulerInitiated', containers: [{ exitCode: null }, {}] });

      expect(diagnosis?.kind).to.equal('terminated-by-infrastructure');
      expect(diagnosis?.detail).to.equal(
        'Container without a name has no exit code. Container without a name has no exit code.',
      );
    });
  });
});
