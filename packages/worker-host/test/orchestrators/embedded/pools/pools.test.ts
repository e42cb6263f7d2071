import { expect } from 'chai';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import { Pools } from '../../../../src/orchestrators/embedded/pools/pools.js';
import { newRun, PoolBench, thrownBy } from '../support/pool-bench.js';

const TEMPLATE = { job_configuration: {}, variables: {} };

describe('pools and their queues', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  let pools: Pools;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
    pools = new Pools(pool.database, pool.nowMs);
  });
  afterEach(() => bench.dispose());

  const order = (): readonly string[] => pools.listQueues('mine').map(({ name, priority }) => `${priority} ${name}`);
  const timesOf = (name: string) => {
    const row = pool.database.get('SELECT created_ms, updated_ms FROM work_pools WHERE name = ?', name);
    return [row?.created_ms, row?.updated_ms];
  };

  it('are created with the given members, and changed individually', async () => {
    const beganMs = bench.nowMs;
    const made = pools.create({ name: 'a', type: 't', baseJobTemplate: TEMPLATE, concurrencyLimit: 2, isPaused: true });
    expect(made).to.deep.include({ type: 't', baseJobTemplate: TEMPLATE, concurrencyLimit: 2, isPaused: true });
    expect(pools.read('mine')).to.deep.include({ baseJobTemplate: {}, concurrencyLimit: null, isPaused: false });
    await bench.clock.advance(1000);
    const { id } = made;
    const stated = { name: 'a', type: 't', baseJobTemplate: TEMPLATE, concurrencyLimit: 2, isPaused: true };
    const expected = { id, ...stated, vcpuLimit: null, memoryLimitMib: null };

    expect(pools.update('a', {})).to.deep.equal(expected);
    expect(pools.update('a', { isPaused: false })).to.deep.equal({ ...expected, isPaused: false });
    expect(pools.update('a', { concurrencyLimit: 0 })).to.deep.include({ concurrencyLimit: 0, isPaused: false });
    expect(pools.update('a', { concurrencyLimit: null })).to.deep.include({ concurrencyLimit: null });
    expect(pools.update('a', { vcpuLimit: 1.5, memoryLimitMib: 4096 })).to.deep.include({ vcpuLimit: 1.5 });
    expect(pools.update('a', { vcpuLimit: null })).to.deep.include({ vcpuLimit: null, memoryLimitMib: 4096 });
    expect(pools.update('a', { baseJobTemplate: {} })).to.deep.include({ baseJobTemplate: {}, isPaused: false });
    expect(timesOf('a')).to.deep.equal([beganMs, beganMs + 1000]);
    expect(pools.list().map(({ name }) => name)).to.deep.equal(['a', 'mine']);
  });

  it('have unique names, and errors list the existing ones', () => {
    expect(thrownBy(() => pools.create({ name: 'mine', type: 't', baseJobTemplate: {} }))).to.include({
      code: 'ALREADY_EXISTS',
    });
    expect(thrownBy(() => pools.createQueue('mine', { name: 'default' }))).to.include({ code: 'ALREADY_EXISTS' });
    expect(thrownBy(() => pools.read('gone')).message).to.contain('Known: mine.');
    expect(thrownBy(() => pools.queueId('mine', 'gone')).message).to.contain('Known: default.');
    expect(order()).to.deep.equal(['1 default']);
    for (const act of [
      () => pools.update('gone', {}),
      () => pools.delete('gone'),
      () => pools.contents('gone'),
      () => pools.listQueues('gone'),
      () => pools.createQueue('gone', { name: 'a' }),
      () => pools.updateQueue('mine', 'gone', {}),
      () => pools.deleteQueue('mine', 'gone'),
    ])
      expect(thrownBy(act)).to.include({ code: 'NOT_FOUND' });
  });

  for (const [what, act] of [
    ['a limit of a new pool', () => pools.create({ name: 'b', type: 't', baseJobTemplate: {}, concurrencyLimit: -1 })],
    ['a template of a new pool', () => pools.create({ name: 'b', type: 't', baseJobTemplate: { variables: 1 } })],
    ['a name of a new pool', () => pools.create({ name: '', type: 't', baseJobTemplate: {} })],
    ['a limit of a pool', () => pools.update('mine', { concurrencyLimit: 1.5 })],
    ['a template of a pool', () => pools.update('mine', { baseJobTemplate: { variables: 1 } })],
    ['a name of a new queue', () => pools.createQueue('mine', { name: 'a/b' })],
    ['a limit of a new queue', () => pools.createQueue('mine', { name: 'a', concurrencyLimit: -1 })],
    ['a priority of a new queue', () => pools.createQueue('mine', { name: 'a', priority: 0 })],
    ['a limit of a queue', () => pools.updateQueue('mine', 'default', { concurrencyLimit: -1 })],
    ['a priority of a queue', () => pools.updateQueue('mine', 'default', { priority: 0 })],
    ['a default queue to be deleted', () => pools.deleteQueue('mine', 'default')],
  ] as const)
    it(`reject an invalid ${what}`, () => {
      const before = [pools.list(), pools.listQueues('mine')];

      expect(thrownBy(act)).to.include({ code: 'POOL_INPUT_INVALID' });
      expect([pools.list(), pools.listQueues('mine')]).to.deep.equal(before);
    });

  it('have queues with unique priorities: a new one comes last, or makes room', () => {
    pools.createQueue('mine', { name: 'b' });
    pools.createQueue('mine', { name: 'd', priority: 5 });
    expect(pools.createQueue('mine', { name: 'c', concurrencyLimit: 0 })).to.deep.equal({
      name: 'c',
      priority: 6,
      concurrencyLimit: 0,
      isPaused: false,
    });
    pools.createQueue('mine', { name: 'a', priority: 2 });

    expect(order()).to.deep.equal(['1 default', '2 a', '3 b', '6 d', '7 c']);
    pools.updateQueue('mine', 'c', { priority: 1 });
    expect(order()).to.deep.equal(['1 c', '2 default', '3 a', '4 b', '7 d']);
    pools.updateQueue('mine', 'a', { priority: 3 });
    expect(order()).to.deep.equal(['1 c', '2 default', '3 a', '4 b', '7 d']);
    pools.updateQueue('mine', 'b', { priority: 6 });
    expect(order()).to.deep.equal(['1 c', '2 default', '3 a', '6 b', '7 d']);
  });

  it('have queues that are changed individually', () => {
    const update = (change: Parameters<Pools['updateQueue']>[2]) => pools.updateQueue('mine', 'default', change);
    const name = 'default';

    expect(update({ concurrencyLimit: 3, isPaused: true })).to.deep.equal({
      name,
      priority: 1,
      concurrencyLimit: 3,
      isPaused: true,
    });
    expect(update({})).to.deep.equal({ name, priority: 1, concurrencyLimit: 3, isPaused: true });
    expect(update({ concurrencyLimit: null })).to.deep.include({ concurrencyLimit: null, isPaused: true });
    expect(update({ isPaused: false })).to.deep.include({ concurrencyLimit: null, isPaused: false });
  });

  it('move runs and deployments of a deleted queue to the default one, without affecting others', () => {
    for (const name of ['a', 'b']) pools.createQueue('mine', { name });
    const job = { workPoolName: 'mine', jobVariables: {}, parameters: {}, tags: [], schedules: [] };
    const runs = ['a', 'b'].map((workQueueName) => {
      pool.deployments.create({ ...job, name: `job-${workQueueName}`, workQueueName });
      return pool.runs.create(newRun({ workQueueName })).id;
    });

    pools.deleteQueue('mine', 'a');

    expect(runs.map((id) => pool.runs.read(id).workQueueName)).to.deep.equal(['default', 'b']);
    expect(pool.deployments.list().map(({ workQueueName }) => workQueueName)).to.deep.equal(['default', 'b']);
    expect(order()).to.deep.equal(['1 default', '3 b']);
  });

  it('are not deleted while they have active runs', () => {
    pools.createQueue('mine', { name: 'a' });
    pools.createQueue('mine', { name: 'b' });
    const { id } = pool.runs.create(newRun({ workQueueName: 'a' }));
    const poolId = pools.read('mine').id;
    for (const type of ['PENDING', 'RUNNING', 'CANCELLING'] as const) {
      pool.runs.propose(id, { type, force: true });
      expect(pools.activeRuns('pool_id', poolId)).to.equal(1);
      expect(thrownBy(() => pools.delete('mine'))).to.include({ code: 'WORK_POOL_IN_USE' });
      expect(thrownBy(() => pools.deleteQueue('mine', 'a')).message)
        .to.contain('mine/a')
        .and.contain('active=1');
    }
    pools.deleteQueue('mine', 'b');
    pool.runs.propose(id, { type: 'COMPLETED', force: true });

    expect(pools.activeRuns('pool_id', poolId)).to.equal(0);
    pools.delete('mine');
    expect(pools.list()).to.deep.equal([]);
  });
});
