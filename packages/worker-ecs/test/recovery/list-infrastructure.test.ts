import { expect } from 'chai';
import type { EcsTask } from '../../src/aws/ecs-api.js';
import { TAG } from '../../src/observation/events/task-event.js';
import { listStartedTasks } from '../../src/recovery/list-infrastructure.js';
import { scriptedEcs, type TaskPage } from '../support/scripted-ecs.js';

const POOL = 'ecs pool';

function aTask(id: string, parts: Partial<EcsTask> = {}): EcsTask {
  return {
    taskArn: `arn:${id}`,
    startedBy: `wh/run-${id}/1/0`,
    tags: [{ key: TAG.workPoolName, value: 'ecs-pool' }],
    ...parts,
  };
}

/** A cluster that lists these tasks, in pages of this size. */
function createSubject(tasks: readonly EcsTask[], pageSize = 100) {
  const list = ({ nextToken }: { readonly nextToken?: string }): TaskPage => {
    const from = Number(nextToken ?? 0);
    const taskArns = tasks.slice(from, from + pageSize).map(({ taskArn }) => taskArn ?? 'arn:without');
    return { taskArns, nextToken: from + pageSize < tasks.length ? String(from + pageSize) : null };
  };
  const scripted = scriptedEcs({
    list,
    describe: (input) => tasks.filter(({ taskArn }) => input.tasks.includes(taskArn ?? 'arn:without')),
  });
  const listed = (cluster: string | null = 'analytics', signal?: AbortSignal) =>
    listStartedTasks({ clients: { ecs: scripted.ecs }, cluster }, POOL, signal);
  return { ...scripted, listed };
}

describe('listStartedTasks', () => {
  it('returns run, attempt and pool of each task, over all pages', async () => {
    const tagged = aTask('2', {
      tags: [
        { key: TAG.workPoolName, value: 'ecs-pool' },
        { key: TAG.workPoolId, value: 'pool-1' },
      ],
    });
    const { listed, lists } = createSubject([aTask('1'), tagged, aTask('3')], 1);

    expect(await listed()).to.deep.equal([
      { infrastructurePid: 'analytics::arn:1', flowRunId: 'run-1', attemptId: '1', workPoolId: null },
      { infrastructurePid: 'analytics::arn:2', flowRunId: 'run-2', attemptId: '1', workPoolId: 'pool-1' },
      { infrastructurePid: 'analytics::arn:3', flowRunId: 'run-3', attemptId: '1', workPoolId: null },
    ]);
    const call = { cluster: 'analytics', desiredStatus: 'RUNNING', maxResults: 100 };
    expect(lists).to.deep.equal([call, { ...call, nextToken: '1' }, { ...call, nextToken: '2' }]);
  });

  it('describes no tasks if a page lists none', async () => {
    const { listed, describes } = createSubject([]);

    expect(await listed()).to.deep.equal([]);
    expect(describes).to.deep.equal([]);
  });

  it('omits tasks of others, of other pools, and those without an ARN', async () => {
    const { listed } = createSubject([
      aTask('1', { startedBy: 'ecs-svc/123' }),
      aTask('2', { tags: [{ key: TAG.workPoolName, value: 'other-pool' }] }),
      aTask('3', { tags: [] }),
      { startedBy: 'wh/run-4/1/0', tags: [{ key: TAG.workPoolName, value: 'ecs-pool' }] },
      aTask('5'),
    ]);

    expect((await listed()).map(({ flowRunId }) => flowRunId)).to.deep.equal(['run-5']);
  });

  it('returns the cluster that was searched, otherwise that of the task, otherwise the default one', async () => {
    const { listed, lists, describes } = createSubject([aTask('1', { clusterArn: 'arn:cluster' }), aTask('2')]);

    const [ofTask, ofDefault] = await listed(null);
    const [searched] = await listed('analytics');

    expect(ofTask?.infrastructurePid).to.equal('arn:cluster::arn:1');
    expect(ofDefault?.infrastructurePid).to.equal('default::arn:2');
    expect(searched?.infrastructurePid).to.equal('analytics::arn:1');
    expect(lists[0]).not.to.have.property('cluster');
    expect(describes[0]).not.to.have.property('cluster');
  });

  it('passes the signal to each call', async () => {
    const { listed, options } = createSubject([aTask('1')]);
    const { signal } = new AbortController();

    await listed('analytics', signal);
    await listed('analytics');

    expect(options).to.deep.equal([{ signal }, { signal }, {}, {}]);
  });
});
