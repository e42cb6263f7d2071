import { expect } from 'chai';
import { findLaunchedTask, findTaskAlive } from '../../src/recovery/find-launched-task.js';
import { FakeEcs } from '../support/fake-ecs.js';

const OURS = 'wh/run/1/0';

function createSubject(count: number) {
  const ecs = new FakeEcs();
  const add = (index: number, startedBy: string, desiredStatus: string, createdAt = '2026-01-01T00:00:00Z') => {
    const taskArn = `arn:aws:ecs:us-east-1:123456789012:task/analytics/${index}`;
    ecs.tasks.set(taskArn, { taskArn, startedBy, desiredStatus, lastStatus: desiredStatus, createdAt });
    return taskArn;
  };
  for (let index = 0; index < count; index += 1) add(index, `wh/other/${index}/0`, 'STOPPED');
  return { ecs, add, signal: new AbortController().signal };
}

describe('findLaunchedTask', () => {
  it('goes through the pages of ended tasks, a hundred a call', async () => {
    const { ecs, add, signal } = createSubject(250);
    const taskArn = add(1_000, OURS, 'STOPPED');

    const found = await findLaunchedTask({ clients: { ecs }, cluster: 'analytics' }, OURS, 'etl', signal);

    expect(found?.taskArn).to.equal(taskArn);
    expect(ecs.count('describeTasks')).to.equal(3);
  });

  it('prefers a task alive, and of several the one that was first', async () => {
    const { ecs, add, signal } = createSubject(0);
    add(1, OURS, 'RUNNING', '2026-01-01T00:00:09Z');
    const first = add(2, OURS, 'RUNNING', '2026-01-01T00:00:01Z');
    add(3, OURS, 'STOPPED', '2026-01-01T00:00:00Z');

    const found = await findLaunchedTask({ clients: { ecs }, cluster: 'analytics' }, OURS, null, signal);

    expect(found?.taskArn).to.equal(first);
  });

  it('finds nothing where there is nothing', async () => {
    const { ecs, signal } = createSubject(150);

    expect(await findLaunchedTask({ clients: { ecs }, cluster: 'analytics' }, OURS, null, signal)).to.equal(null);
    expect(await findTaskAlive({ clients: { ecs }, cluster: 'analytics' }, OURS, signal)).to.equal(null);
  });
});
