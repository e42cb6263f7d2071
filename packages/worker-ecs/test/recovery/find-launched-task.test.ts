import { InfrastructureNotAvailable } from '@worker-host/core';
import { expect } from 'chai';
import { describeFirst, findLaunchedTask, findTaskAlive } from '../../src/recovery/find-launched-task.js';
import { FakeEcs } from '../support/fake-ecs.js';
import { failureOf } from '../support/launch-subject.js';
import { scriptedEcs } from '../support/scripted-ecs.js';

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
  it('reads the pages of ended tasks, a hundred per call', async () => {
    const { ecs, add, signal } = createSubject(250);
    const taskArn = add(1_000, OURS, 'STOPPED');

    const found = await findLaunchedTask({ clients: { ecs }, cluster: 'analytics' }, OURS, 'etl', signal);

    expect(found?.taskArn).to.equal(taskArn);
    expect(ecs.count('describeTasks')).to.equal(3);
  });

  it('prefers a running task, and of several the first one', async () => {
    const { ecs, add, signal } = createSubject(0);
    add(1, OURS, 'RUNNING', '2026-01-01T00:00:09Z');
    const first = add(2, OURS, 'RUNNING', '2026-01-01T00:00:01Z');
    add(3, OURS, 'STOPPED', '2026-01-01T00:00:00Z');

    const found = await findLaunchedTask({ clients: { ecs }, cluster: 'analytics' }, OURS, null, signal);

    expect(found?.taskArn).to.equal(first);
  });

  it('finds nothing if there is nothing', async () => {
    const { ecs, signal } = createSubject(150);

    expect(await findLaunchedTask({ clients: { ecs }, cluster: 'analytics' }, OURS, null, signal)).to.equal(null);
    expect(await findTaskAlive({ clients: { ecs }, cluster: 'analytics' }, OURS, signal)).to.equal(null);
  });

  it('sends cluster, family and page only if they are known', async () => {
    const pages = (nextToken: string | undefined) => ({ taskArns: [], nextToken: nextToken ? null : 'second' });
    const { ecs, lists } = scriptedEcs({
      list: ({ desiredStatus, nextToken }) => (desiredStatus ? pages(nextToken) : { taskArns: [], nextToken: null }),
    });
    const { signal } = new AbortController();

    await findLaunchedTask({ clients: { ecs }, cluster: 'analytics' }, OURS, 'etl', signal);
    await findLaunchedTask({ clients: { ecs }, cluster: null }, OURS, null, signal);

    const stopped = { desiredStatus: 'STOPPED', maxResults: 100 };
    expect(lists).to.deep.equal([
      { cluster: 'analytics', startedBy: OURS, maxResults: 100 },
      { cluster: 'analytics', family: 'etl', ...stopped },
      { cluster: 'analytics', family: 'etl', ...stopped, nextToken: 'second' },
      { startedBy: OURS, maxResults: 100 },
      stopped,
      { ...stopped, nextToken: 'second' },
    ]);
  });

  it('describes no tasks if none are listed', async () => {
    const { ecs, signal } = createSubject(0);

    await findLaunchedTask({ clients: { ecs }, cluster: 'analytics' }, OURS, null, signal);

    expect(ecs.count('describeTasks')).to.equal(0);
  });

  it('returns the description of a task, or only its ARN while ECS only lists it', async () => {
    const { ecs, add, signal } = createSubject(0);
    const taskArn = add(1, OURS, 'RUNNING');
    const early = scriptedEcs({ list: () => ({ taskArns: [taskArn], nextToken: null }) });

    const found = await findTaskAlive({ clients: { ecs }, cluster: 'analytics' }, OURS, signal);
    const listed = await findTaskAlive({ clients: { ecs: early.ecs }, cluster: 'analytics' }, OURS, signal);

    expect(found).to.deep.equal(ecs.tasks.get(taskArn));
    expect(listed).to.deep.equal({ taskArn });
  });

  it('gives up after ten thousand ended tasks', async () => {
    const { ecs, lists } = scriptedEcs({ list: () => ({ taskArns: [], nextToken: 'more' }) });
    const { signal } = new AbortController();

    const error = await failureOf(findLaunchedTask({ clients: { ecs }, cluster: 'analytics' }, OURS, null, signal));

    expect(error).to.be.instanceOf(InfrastructureNotAvailable);
    expect(String(error)).to.include(OURS).and.to.include('more than 10000 tasks');
    expect(lists).to.have.length(101);
  });
});

describe('describeFirst', () => {
  const describeThese = (tasks: readonly object[]) => {
    const { ecs } = scriptedEcs({ describe: () => tasks });
    const searched = { clients: { ecs }, cluster: 'analytics' };
    return describeFirst(searched, ['arn:1'], new AbortController().signal);
  };

  it('returns the task that was created first, whoever started it', async () => {
    const early = { taskArn: 'arn:early', createdAt: '2026-01-01T00:00:00Z', startedBy: 'x' };
    const late = { taskArn: 'arn:late', createdAt: '2026-01-01T00:00:09Z' };

    expect(await describeThese([early, late])).to.equal(early);
    expect(await describeThese([late, early])).to.equal(early);
  });

  it('omits tasks without an ARN', async () => {
    const known = { taskArn: 'arn:1', createdAt: '2026-01-01T00:00:09Z' };

    expect(await describeThese([{ createdAt: '2026-01-01T00:00:00Z' }, known])).to.equal(known);
    expect(await describeThese([{ createdAt: '2026-01-01T00:00:00Z' }])).to.equal(null);
  });
});
