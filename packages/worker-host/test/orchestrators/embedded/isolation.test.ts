import { expect } from 'chai';
import { Ownership } from '../../../src/orchestrators/embedded/leases/ownership.js';
import { elsewhere } from './support/open-orchestrator.js';
import { newRun, PoolBench, rowOf, type TestWorker } from './support/pool-bench.js';

describe('two pools in one file', () => {
  let bench: PoolBench;
  let worker: TestWorker;
  let poolIds: Readonly<Record<'mine' | 'other', string>>;
  beforeEach(() => {
    bench = new PoolBench();
    const pool = bench.openWithPool();
    const other = pool.pools.create({ name: 'other', type: 'test', baseJobTemplate: {} });
    poolIds = { mine: pool.pools.read('mine').id, other: other.id };
    worker = bench.worker(elsewhere(1));
  });
  afterEach(() => bench.dispose());

  const add = (workPoolName: 'mine' | 'other', change: Parameters<typeof newRun>[0] = {}): string =>
    worker.pool.runs.create(newRun({ ...change, workPoolName })).id;
  const offeredIn = (poolName: 'mine' | 'other', from: TestWorker = worker): readonly string[] =>
    from.claims.takeOver(poolIds[poolName], 100).map(({ flowRun }) => flowRun.id);
  const dueIn = (poolName: string, queues: readonly string[] = []): readonly string[] =>
    worker.pool.due.list(poolName, queues, bench.nowMs, null).map(({ id }) => id);

  it('offer the runs of a dead worker each to workers of its own pool', () => {
    const lost = bench.worker(elsewhere(2));
    lost.workers.beat(poolIds.other, 'lost', 10);
    const id = add('other');
    lost.claim(id);
    lost.workers.leave();

    expect(offeredIn('mine')).to.deep.equal([]);
    expect(offeredIn('other')).to.deep.equal([id]);
  });

  it('offer released runs, and own runs without a lease, each in its own pool', () => {
    const [released, forgotten] = [add('other'), add('other')];
    const granted = worker.claim(released).granted;
    worker.claim(forgotten);
    worker.forget(forgotten);
    new Ownership(worker.pool.database).release(
      { flowRunId: released, attempt: 1, fencingToken: granted?.fencingToken ?? '' },
      'failed',
      bench.nowMs,
    );
    worker.forget(released);

    expect(offeredIn('mine')).to.deep.equal([]);
    expect(offeredIn('other')).to.have.members([released, forgotten]);
  });

  it('report cancellations each to workers of its own pool', () => {
    const id = add('other');
    worker.claim(id);
    worker.pool.runs.propose(id, { type: 'CANCELLING' });

    expect(worker.claims.cancelling(poolIds.mine)).to.deep.equal([]);
    expect(worker.claims.cancelling(poolIds.other)).to.deep.equal([id]);
  });

  it('have pauses and limits of their own', () => {
    const { pools } = worker.pool;
    const [mine, other] = [add('mine'), add('other')];
    pools.update('mine', { isPaused: true });
    pools.updateQueue('mine', 'default', { isPaused: true, concurrencyLimit: 0 });

    expect([dueIn('mine'), dueIn('other')]).to.deep.equal([[], [other]]);
    expect(worker.claim(other).refusal).to.equal(null);
    pools.update('mine', { isPaused: false, concurrencyLimit: 1 });
    pools.updateQueue('mine', 'default', { isPaused: false, concurrencyLimit: 1 });
    expect(dueIn('mine')).to.deep.equal([mine]);
    expect(worker.claim(mine).refusal).to.equal(null);
  });

  it('have queues of one name each', () => {
    const { pools } = worker.pool;
    for (const name of ['mine', 'other']) pools.createQueue(name, { name: 'urgent', priority: 1 });
    const [mine, other] = [add('mine', { workQueueName: 'urgent' }), add('other', { workQueueName: 'urgent' })];

    expect([dueIn('mine', ['urgent']), dueIn('other', ['urgent'])]).to.deep.equal([[mine], [other]]);
    pools.updateQueue('mine', 'urgent', { priority: 7 });
    expect(pools.listQueues('other').map(({ name, priority }) => `${name} ${priority}`)).to.deep.equal([
      'urgent 1',
      'default 2',
    ]);
    pools.deleteQueue('mine', 'urgent');
    expect(pools.listQueues('other')).to.have.length(2);
    expect(worker.pool.runs.read(other).workQueueName).to.equal('urgent');
  });

  it('remember launch places each for itself, a hundred of each', () => {
    const ownership = new Ownership(worker.pool.database);
    const [mine, other] = [add('mine'), add('other')];
    ownership.storeLaunch(other, { relaunch: 0, place: { cluster: 'other' } });
    for (let at = 0; at <= 100; at += 1) ownership.storeLaunch(mine, { relaunch: at, place: { cluster: `c-${at}` } });

    expect(ownership.places(poolIds.other)).to.deep.equal([{ cluster: 'other' }]);
    expect(ownership.places(poolIds.mine)).to.have.length(100);
    ownership.storeLaunch(other, { relaunch: 1, place: { cluster: 'c-100' } });
    expect(ownership.places(poolIds.mine)[0]).to.deep.equal({ cluster: 'c-100' });
  });

  it('are counted, and deleted with all that belongs to them, each by itself', () => {
    const { pool } = worker;
    for (const workPoolName of ['mine', 'other'])
      pool.deployments.create({
        name: `job-${workPoolName}`,
        workPoolName,
        workQueueName: null,
        jobVariables: {},
        parameters: {},
        tags: [],
        schedules: [{ kind: 'cron', cron: '0 0 * * *', timezone: null }],
      });
    const [, ended] = [add('mine'), add('mine'), add('other')];
    pool.runs.propose(ended, { type: 'CANCELLED' });
    for (const [id, lines] of [
      [ended, 2],
      [add('other'), 1],
    ] as const)
      for (let line = 0; line < lines; line += 1)
        pool.database.run(
          `INSERT INTO logs (flow_run_id, name, level, message, timestamp_ms) VALUES (?, 'x', 20, '', 1)`,
          id,
        );

    expect(pool.pools.contents('mine')).to.deep.equal({
      deployments: 1,
      schedules: 1,
      runs: 2,
      waitingRuns: 1,
      logLines: 2,
    });
    pool.pools.delete('mine');
    expect(pool.pools.list().map(({ name }) => name)).to.deep.equal(['other']);
    expect(pool.pools.contents('other')).to.deep.equal({
      deployments: 1,
      schedules: 1,
      runs: 2,
      waitingRuns: 2,
      logLines: 1,
    });
    const left = (table: string) => pool.database.get(`SELECT count(*) AS n FROM ${table}`)?.n;
    expect(
      ['work_queues', 'deployments', 'deployment_schedules', 'flow_runs', 'flow_run_states', 'logs'].map(left),
    ).to.deep.equal([1, 1, 1, 2, 2, 1]);
  });
});

describe('two runs of one pool', () => {
  let bench: PoolBench;
  let worker: TestWorker;
  let ownership: Ownership;
  beforeEach(() => {
    bench = new PoolBench();
    bench.openWithPool();
    worker = bench.worker(elsewhere(1));
    ownership = new Ownership(worker.pool.database);
  });
  afterEach(() => bench.dispose());

  /** A claimed run, and what its owner writes under. */
  const claimNew = () => {
    const { id } = worker.pool.runs.create(newRun());
    const granted = worker.claim(id).granted;
    if (granted === null) throw new Error('nothing was granted');
    return { id, holding: { flowRunId: id, attempt: Number(granted.attempt.id), fencingToken: granted.fencingToken } };
  };

  const storedOf = ({ id }: { readonly id: string }) => {
    const { _metadata, ...columns } = rowOf(worker.pool, id);
    return columns;
  };

  const beginAttempt = (id: string): void => {
    const state = { type: 'PENDING', name: 'Pending', message: null, details: {} } as const;
    const begins = { number: 2, owner: 'another', fencingToken: 'other' };
    worker.pool.runs.transitions.enterAll([{ run: { id, arrayId: null, policy: null }, state, begins }]);
  };

  /** Writes about the first of two claimed runs. */
  const writes: readonly (readonly [what: string, act: (first: ReturnType<typeof claimNew>) => unknown])[] = [
    ['another attempt', ({ id }) => beginAttempt(id)],
    ['another owner', ({ id }) => ownership.grant(id, 'another')],
    ['a death of its owner', ({ id }) => ownership.noteDeath(id)],
    ['its release', ({ holding }) => ownership.release(holding, 'failed', bench.nowMs)],
    ['a launch', ({ id }) => ownership.storeLaunch(id, { relaunch: 1, place: {} })],
    ['an infrastructure', ({ id }) => worker.pool.runs.storeInfrastructurePid(id, 'task')],
    ['a result', ({ id }) => worker.pool.runs.storeResult(id, { exitCode: 1 })],
    ['labels', ({ id }) => worker.pool.runs.addLabels(id, { a: '1' })],
    ['its start', ({ id }) => worker.pool.runs.propose(id, { type: 'RUNNING' })],
    ['its end', ({ id }) => worker.pool.runs.propose(id, { type: 'COMPLETED' })],
    ['its retry', ({ id }) => worker.pool.runs.propose(id, { type: 'SCHEDULED' })],
  ];
  for (const [what, act] of writes)
    it(`keep ${what} of one to itself`, async () => {
      const [first, second] = [claimNew(), claimNew()];
      worker.pool.runs.storeInfrastructurePid(second.id, 'task of the second');
      worker.pool.runs.storeResult(second.id, { exitCode: 0 });
      const [firstBefore, secondBefore] = [first, second].map(storedOf);
      await bench.clock.advance(1000);

      act(first);

      expect(storedOf(second)).to.deep.equal(secondBefore);
      expect(storedOf(first)).to.not.deep.equal(firstBefore);
    });

  it('count the death of an owner each for itself, and only while nothing is known of a launch', () => {
    const [first, second, launching, launched] = [claimNew(), claimNew(), claimNew(), claimNew()];
    ownership.storeLaunch(launching.id, { relaunch: 0, place: {} });
    worker.pool.runs.storeInfrastructurePid(launched.id, 'task');

    for (const { id } of [first, launching, launched]) ownership.noteDeath(id);

    expect([first, second, launching, launched].map(({ id }) => rowOf(worker.pool, id).deaths)).to.deep.equal([
      1, 0, 0, 0,
    ]);
  });

  it('are reported as cancelling each by itself', () => {
    const [first] = [claimNew(), claimNew()];
    const poolId = worker.pool.pools.read('mine').id;
    expect(worker.claims.cancelling(poolId)).to.deep.equal([]);
    worker.pool.runs.propose(first.id, { type: 'CANCELLING' });

    expect(worker.claims.cancelling(poolId)).to.deep.equal([first.id]);
  });

  it('are held each under its own attempt and token', () => {
    const [first, second] = [claimNew(), claimNew()];
    const isHeld = (change: Partial<typeof first.holding>): boolean =>
      ownership.losses([{ ...first.holding, ...change }])[0] === null;

    expect(isHeld({})).to.equal(true);
    expect(isHeld({ flowRunId: second.id })).to.equal(false);
    expect(isHeld({ attempt: 2 })).to.equal(false);
    expect(isHeld({ fencingToken: second.holding.fencingToken })).to.equal(false);
    worker.pool.runs.propose(first.id, { type: 'COMPLETED' });
    expect(isHeld({})).to.equal(false);
  });

  it('are released under the attempt and token of their owner alone', () => {
    const [first, second] = [claimNew(), claimNew()];
    const release = (change: Partial<typeof first.holding>) =>
      ownership.release({ ...first.holding, ...change }, 'failed', bench.nowMs);
    release({ flowRunId: second.id });
    release({ attempt: 2 });
    release({ fencingToken: second.holding.fencingToken });
    expect([first, second].map(({ id }) => rowOf(worker.pool, id).owner)).to.deep.equal([
      worker.workers.instanceId,
      worker.workers.instanceId,
    ]);

    worker.pool.runs.propose(second.id, { type: 'FAILED' });
    ownership.release(second.holding, 'failed', bench.nowMs);
    release({});

    expect(rowOf(worker.pool, first.id)).to.include({ owner: null, lease_token: null, offered_from_ms: bench.nowMs });
    // A run that was made final keeps the token, under which its end can be answered again.
    expect(rowOf(worker.pool, second.id)).to.include({ lease_token: second.holding.fencingToken });
  });

  it('end each in a state of its own, which is known by its attempt and token', () => {
    const [first, second] = [claimNew(), claimNew()];
    for (const { id } of [first, second]) worker.pool.runs.propose(id, { type: 'COMPLETED' });
    const endOf = (
      change: Partial<typeof first.holding> = {},
      type: 'COMPLETED' | 'FAILED' | 'RUNNING' = 'COMPLETED',
    ) => ownership.endedIn({ ...first.holding, ...change }, type);

    expect(endOf()).to.equal(worker.pool.runs.read(first.id).state?.id);
    expect([
      endOf({}, 'FAILED'),
      endOf({}, 'RUNNING'),
      endOf({ attempt: 2 }),
      endOf({ flowRunId: second.id }),
      endOf({ fencingToken: second.holding.fencingToken }),
    ]).to.deep.equal([null, null, null, null, null]);
  });

  it('that run without an owner are offered, those that wait or have ended are not', async () => {
    const [forced, waiting, ended] = [1, 2, 3].map(() => worker.pool.runs.create(newRun()).id) as [
      string,
      string,
      string,
    ];
    worker.pool.runs.propose(forced, { type: 'RUNNING', force: true });
    worker.pool.runs.propose(ended, { type: 'COMPLETED', force: true });

    expect(worker.takeOver().map(({ flowRun }) => flowRun.id)).to.deep.equal([forced]);
    expect(rowOf(worker.pool, waiting).owner).to.equal(null);
  });

  it('that were released unreported are offered where the clock was set back since', () => {
    const { id, holding } = claimNew();
    ownership.release(holding, 'unreported', bench.nowMs);
    worker.forget(id);
    expect(worker.takeOver()).to.deep.equal([]);

    bench.clock.set(-1);

    expect(worker.takeOver().map(({ flowRun }) => flowRun.id)).to.deep.equal([id]);
  });
});
