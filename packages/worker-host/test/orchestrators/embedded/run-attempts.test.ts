import { expect } from 'chai';
import { BulkRuns, batchesOf } from '../../../src/orchestrators/embedded/bulk-runs.js';
import type { EmbeddedPool } from '../../../src/orchestrators/embedded/embedded-pool.js';
import { Ownership } from '../../../src/orchestrators/embedded/ownership.js';
import { newRun, PoolBench, type TestWorker, thrownBy } from './support/pool-bench.js';

describe('the attempts of a run', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  let worker: TestWorker;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
    worker = bench.worker();
  });
  afterEach(() => bench.dispose());

  const begin = (id: string = pool.runs.create(newRun()).id): string => {
    expect(worker.claim(id).refusal).to.equal(null);
    return id;
  };
  const attemptsOf = (id: string) => pool.runs.view(id).attempts;

  it('are none before its claim, nor of a state that was forced on it', () => {
    const { id } = pool.runs.create(newRun());
    expect(attemptsOf(id)).to.deep.equal([]);
    pool.runs.propose(id, { type: 'RUNNING', force: true });
    expect(attemptsOf(id)).to.deep.equal([]);
    pool.runs.propose(id, { type: 'SCHEDULED' });

    expect(attemptsOf(id)).to.deep.equal([]);
  });

  it('are kept with how each ended, and what the latest one is in', async () => {
    const id = begin();
    const startedMs = bench.nowMs;
    expect(attemptsOf(id)).to.deep.equal([
      {
        number: 1,
        startedAt: new Date(startedMs).toISOString(),
        endedAt: null,
        stateType: 'PENDING',
        stateName: 'Pending',
        message: null,
        infrastructurePid: null,
        result: null,
      },
    ]);
    pool.runs.storeInfrastructurePid(id, 'task-1');
    pool.runs.storeResult(id, { exitCode: 1 });
    await bench.clock.advance(1000);
    pool.runs.propose(id, { type: 'FAILED', message: 'exit 1' });
    const [failed] = attemptsOf(id);
    await bench.clock.advance(1000);
    pool.runs.propose(id, { type: 'SCHEDULED', force: true });
    expect(attemptsOf(id)).to.deep.equal([failed]);
    begin(id);

    const [first, second, ...others] = attemptsOf(id);

    expect(others).to.deep.equal([]);
    expect(first).to.deep.equal({
      number: 1,
      startedAt: new Date(startedMs).toISOString(),
      endedAt: new Date(startedMs + 1000).toISOString(),
      stateType: 'FAILED',
      stateName: 'Failed',
      message: 'exit 1',
      infrastructurePid: 'task-1',
      result: { exitCode: 1 },
    });
    expect(second).to.deep.include({ number: 2, stateType: 'PENDING', infrastructurePid: null, result: null });
  });

  it('stay as they ended where the run is scheduled once more before its claim', () => {
    const id = begin();
    pool.runs.propose(id, { type: 'FAILED' });
    pool.runs.propose(id, { type: 'SCHEDULED', name: 'AwaitingRetry', force: true });
    pool.runs.propose(id, { type: 'SCHEDULED', name: 'Late' });

    expect(attemptsOf(id).map(({ stateName }) => stateName)).to.deep.equal(['Failed']);
  });

  it('are those of this run alone', () => {
    const [first, second] = [begin(), begin()];
    pool.runs.storeResult(second, { exitCode: 0 });
    pool.runs.propose(first, { type: 'SCHEDULED' });
    begin(first);

    expect(attemptsOf(first).map(({ number }) => number)).to.deep.equal([1, 2]);
    expect(attemptsOf(second).map(({ number, result }) => [number, result])).to.deep.equal([[1, { exitCode: 0 }]]);
    expect(pool.database.get('SELECT count(*) AS n FROM flow_run_attempts')?.n).to.equal(1);
  });

  for (const type of ['COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED'] as const)
    it(`tell the end ${type} of an ownership, also when another attempt follows, and where a policy made another end of it`, () => {
      const ownership = new Ownership(pool.database, pool.nowMs);
      for (const policy of [null, { rules: [{ exitCodes: '9', action: 'fail' }] }] as const) {
        const { id } = pool.runs.create(newRun({ policy }));
        const fencingToken = worker.claim(id).granted?.fencingToken ?? '';
        const holding = { flowRunId: id, attempt: 1, fencingToken };
        expect(ownership.endedIn(holding, type)).to.equal(null);
        pool.runs.propose(id, { type, force: true });
        const endId = pool.runs.read(id).state?.id;
        const another = type === 'FAILED' ? 'COMPLETED' : 'FAILED';

        expect([ownership.endedIn(holding, type), ownership.endedIn(holding, another)]).to.deep.equal([
          endId,
          policy === null ? null : endId,
        ]);
        pool.runs.propose(id, { type: 'SCHEDULED', force: true });
        expect(ownership.endedIn(holding, type)).to.equal(endId);
        expect(ownership.endedIn({ ...holding, attempt: 2 }, type)).to.equal(null);
        expect(ownership.endedIn({ ...holding, fencingToken: 'another' }, type)).to.equal(null);
      }
    });
});

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
    expect(retried.state?.message).to.equal('Tried again by the command line');
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
