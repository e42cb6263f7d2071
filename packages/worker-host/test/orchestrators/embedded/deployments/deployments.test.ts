import { expect } from 'chai';
import type { NewDeployment } from '../../../../src/orchestrators/embedded/deployments/deployments.js';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import { newRun, PoolBench, thrownBy } from '../support/pool-bench.js';

const PLAIN: NewDeployment = {
  name: 'job',
  workPoolName: 'mine',
  workQueueName: null,
  jobVariables: {},
  parameters: {},
  tags: [],
  schedules: [],
};
const FULL: NewDeployment = {
  ...PLAIN,
  workQueueName: 'urgent',
  jobVariables: { cpu: 1 },
  parameters: { n: 1 },
  tags: ['x'],
  schedules: [{ kind: 'cron', cron: '0 * * * *', timezone: null, name: 'hourly' }],
  limit: { most: 2, onLimit: 'skip', rate: null },
  concurrency: { key: 'db', rule: { most: 3, onLimit: 'queue' } },
  priority: 7,
  policy: { retries: { attempts: 3 } },
};

describe('a deployment', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
    pool.pools.createQueue('mine', { name: 'urgent', priority: 1 });
  });
  afterEach(() => bench.dispose());

  const planned = (): number => pool.runLists.list({ limit: 100, states: ['SCHEDULED'] }).runs.length;

  it('has its given members, and nothing else', () => {
    const nothing = { limit: null, concurrency: null, policy: null, isPaused: false };

    expect(pool.deployments.create(PLAIN)).to.deep.include({
      ...PLAIN,
      ...nothing,
      workQueueName: 'default',
      priority: 100,
      updated: new Date(bench.nowMs).toISOString(),
    });
    expect(pool.deployments.create({ ...FULL, name: 'full' })).to.deep.include({
      ...FULL,
      name: 'full',
      isPaused: false,
    });
    expect(pool.deployments.read('full').json).to.deep.include({
      name: 'full',
      job_variables: { cpu: 1 },
      parameters: { n: 1 },
      tags: ['x'],
      work_pool_name: 'mine',
      work_queue_name: 'urgent',
      paused: false,
    });
  });

  it('is replaced by one with its name, and keeps its id, its flow, its pause and its age', async () => {
    const before = pool.deployments.create(FULL);
    pool.deployments.setPaused('job', true);
    await bench.clock.advance(1000);

    const after = pool.deployments.create(PLAIN);

    const { id, flowId } = before;
    expect(after).to.deep.include({ ...PLAIN, id, flowId, workQueueName: 'default', isPaused: true, priority: 100 });
    expect(after).to.deep.include({ limit: null, concurrency: null, policy: null });
    const row = pool.database.get('SELECT created_ms, updated_ms FROM deployments');
    expect([row?.created_ms, row?.updated_ms]).to.deep.equal([bench.nowMs - 1000, bench.nowMs]);
  });

  it('is found by name, by id and by flow', () => {
    const [first, second] = [pool.deployments.create(PLAIN), pool.deployments.create({ ...PLAIN, name: 'a' })];

    expect(pool.deployments.list().map(({ name }) => name)).to.deep.equal(['a', 'job']);
    expect(pool.deployments.findById(second.id)?.name).to.equal('a');
    expect(pool.deployments.findByFlow(first.flowId ?? '')?.name).to.equal('job');
    expect([pool.deployments.findById('x'), pool.deployments.findByFlow('x')]).to.deep.equal([null, null]);
    expect(thrownBy(() => pool.deployments.read('gone')).message).to.contain('Known: a, job.');
  });

  it('keeps its planned runs if its schedules are unchanged, and not if they change', () => {
    pool.deployments.create(FULL);
    pool.planner.plan();
    const [run] = pool.runLists.list({ limit: 1 }).runs;
    pool.deployments.create({ ...FULL, priority: 8 });
    expect(planned()).to.equal(3);
    expect(pool.runs.find(run?.id ?? '')).to.not.equal(null);
    pool.pools.create({ name: 'other', type: 'test', baseJobTemplate: {} });
    pool.deployments.create({ ...FULL, workQueueName: null, workPoolName: 'other' });
    expect(planned()).to.equal(0);
    pool.planner.plan();
    pool.deployments.create({ ...FULL, workQueueName: null, workPoolName: 'other', schedules: [] });

    expect(planned()).to.equal(0);
  });

  it('gives its runs queue, tags, parameters, policy, priority and key, unless they have their own', () => {
    pool.deployments.create(FULL);
    const run = pool.runs.create(newRun({ deploymentName: 'job', tags: ['y'], parameters: { m: 2 } }));
    const own = pool.runs.create(
      newRun({
        deploymentName: 'job',
        workQueueName: 'default',
        priority: 9,
        policy: { retries: { attempts: 1 } },
        parameters: { n: 2 },
        concurrency: { key: 'other', rule: null },
      }),
    );
    const keysOf = (id: string) =>
      pool.database
        .all(`SELECT key FROM flow_run_keys WHERE flow_run_id = ? AND key LIKE 'key:%'`, id)
        .map(({ key }) => key);

    expect(run).to.deep.include({ workQueueName: 'urgent', tags: ['x', 'y'], parameters: { n: 1, m: 2 } });
    expect(run.json).to.include({ priority: 7, auto_scheduled: false });
    expect(pool.runs.view(run.id).policy).to.deep.equal({ retries: { attempts: 3 } });
    expect(keysOf(run.id)).to.deep.equal(['key:db']);
    expect(own).to.deep.include({ workQueueName: 'default', tags: ['x'], parameters: { n: 2 } });
    expect(own.json).to.include({ priority: 9 });
    expect(pool.runs.view(own.id).policy).to.deep.equal({ retries: { attempts: 1 } });
    expect(keysOf(own.id)).to.deep.equal(['key:other']);
  });

  it('is deleted with its waiting runs, without affecting those that have started', () => {
    pool.deployments.create(PLAIN);
    pool.deployments.create({ ...PLAIN, name: 'other' });
    const [waiting, begun, elsewhere, plain] = [
      newRun({ deploymentName: 'job' }),
      newRun({ deploymentName: 'job' }),
      newRun({ deploymentName: 'other' }),
      newRun(),
    ].map((run) => pool.runs.create(run).id) as [string, string, string, string];
    bench.worker().claim(begun);

    pool.deployments.delete('job');

    expect([waiting, begun, elsewhere, plain].map((id) => pool.runs.find(id)?.stateType)).to.deep.equal([
      undefined,
      'PENDING',
      'SCHEDULED',
      'SCHEDULED',
    ]);
    expect(pool.deployments.list().map(({ name }) => name)).to.deep.equal(['other']);
    expect(pool.runs.view(begun).deploymentName).to.equal(null);
    expect(thrownBy(() => pool.deployments.delete('job'))).to.include({ code: 'NOT_FOUND' });
  });

  for (const [what, change] of [
    ['name', { name: 'a/b' }],
    ['schedule', { schedules: [{ kind: 'interval', intervalSeconds: 0, anchor: null }] }],
    ['policy', { policy: { retries: { attempts: 0 } } }],
    ['priority', { priority: 0 }],
    ['limit', { limit: { most: 0, onLimit: 'queue', rate: null } }],
  ] as const)
    it(`is not created with an invalid ${what}`, () => {
      expect(thrownBy(() => pool.deployments.create({ ...PLAIN, ...change }))).to.include({
        code: 'POOL_INPUT_INVALID',
      });
      expect(pool.deployments.list()).to.deep.equal([]);
    });

  it('is not created in a pool or queue that does not exist, nor with invalid variables', () => {
    const template = { job_configuration: {}, variables: { type: 'object', properties: { cpu: { type: 'integer' } } } };
    pool.pools.update('mine', { baseJobTemplate: template });
    const codeOf = (change: Partial<NewDeployment>) =>
      thrownBy(() => pool.deployments.create({ ...PLAIN, ...change })).code;

    expect([
      codeOf({ workPoolName: 'gone' }),
      codeOf({ workQueueName: 'gone' }),
      codeOf({ jobVariables: { cpu: 'many' } }),
    ]).to.deep.equal(['NOT_FOUND', 'NOT_FOUND', 'JOB_VARIABLES_INVALID']);
    expect(pool.deployments.list()).to.deep.equal([]);
  });
});
