import { expect } from 'chai';
import { diagnoseEcsTask } from '../../src/observation/diagnose-ecs-task.js';

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
});
