import { expect } from 'chai';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import { BulkRuns, batchesOf } from '../../../../src/orchestrators/embedded/runs/bulk-runs.js';
import { newRun, PoolBench, thrownBy } from '../support/pool-bench.js';

describe('runs that are changed in bulk', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  let bulk: BulkRuns;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
    bulk = new BulkRuns(pool.database, pool.pools, pool.deployments, pool.runs);
  });
  afterEach(() => bench.dispose());

  it('are two hundred in a batch, each in one of them', () => {
    const ids = Array.from({ length: 401 }, (_, at) => `${at}`);

    expect(batchesOf(ids).map(({ length }) => length)).to.deep.equal([200, 200, 1]);
    expect(batchesOf(ids).flat()).to.deep.equal(ids);
    expect(batchesOf([])).to.deep.equal([]);
  });

  it('are retried with all their retries, changed variables over their own, and no run that has not ended', () => {
    const policy = { retries: { attempts: 2, delaySeconds: 0, jitter: 0 } };
    const run = pool.runs.create(newRun({ policy, jobVariables: { a: 1, b: 1 }, parameters: { x: 1, y: 1 } }));
    const waiting = pool.runs.create(newRun());
    pool.database.run('UPDATE flow_runs SET retries = 1 WHERE id = ?', run.id);
    pool.runs.propose(run.id, { type: 'FAILED' });
    const change = { jobVariables: { b: 2 }, parameters: { y: 2 } };

    expect(bulk.retry([run.id, waiting.id, 'gone'], change)).to.equal(1);

    const retried = pool.runs.read(run.id);
    expect(retried).to.deep.include({
      stateType: 'SCHEDULED',
      jobVariables: { a: 1, b: 2 },
      parameters: { x: 1, y: 2 },
    });
    expect(retried.state?.message).to.equal('Retried from the command line');
    expect(
      pool.database.all('SELECT retries FROM flow_runs ORDER BY rowid').map(({ retries }) => retries),
    ).to.deep.equal([0, 0]);
    expect(pool.runs.read(waiting.id).jobVariables).to.deep.equal({});
  });

  it('are retried only with variables that fit their pool, over those of their deployment', () => {
    pool.pools.update('mine', {
      baseJobTemplate: {
        job_configuration: {},
        variables: {
          type: 'object',
          required: ['image'],
          properties: { image: { type: 'string' }, cpu: { type: 'integer' } },
        },
      },
    });
    const job = { name: 'job', workPoolName: 'mine', workQueueName: null, parameters: {}, tags: [], schedules: [] };
    pool.deployments.create({ ...job, jobVariables: { image: 'x' } });
    const { id } = pool.runs.create(newRun({ deploymentName: 'job' }));
    pool.runs.propose(id, { type: 'FAILED' });
    const retry = (cpu: number | string) => bulk.retry([id], { jobVariables: { cpu }, parameters: {} });

    expect(thrownBy(() => retry('many'))).to.include({ code: 'JOB_VARIABLES_INVALID' });
    expect(pool.runs.read(id).stateType).to.equal('FAILED');
    expect(retry(2)).to.equal(1);
  });

  it('are deleted where no worker owns them, and cancelled where they have not ended', () => {
    const worker = bench.worker();
    const ids = ['SCHEDULED', 'PENDING', 'COMPLETED'].map((type) => {
      const { id } = pool.runs.create(newRun());
      if (type !== 'SCHEDULED') worker.claim(id);
      if (type === 'COMPLETED') pool.runs.propose(id, { type });
      return id;
    });
    const untouched = pool.runs.create(newRun()).id;

    expect(bulk.cancel([...ids, 'gone'])).to.equal(2);
    expect(ids.map((id) => pool.runs.read(id).stateType)).to.deep.equal(['CANCELLED', 'CANCELLING', 'COMPLETED']);
    expect(bulk.delete(ids)).to.equal(2);
    expect(ids.map((id) => pool.runs.find(id)?.stateType)).to.deep.equal([undefined, 'CANCELLING', undefined]);
    expect(pool.runs.find(untouched)?.stateType).to.equal('SCHEDULED');
  });
});
