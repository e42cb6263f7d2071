import { expect } from 'chai';
import { claimOne, newRun, PoolBench, type TestWorker } from '../support/pool-bench.js';

const MINUTE_MS = 60_000;

describe('claims of the embedded pool', () => {
  let bench: PoolBench;
  let first: TestWorker;
  beforeEach(() => {
    bench = new PoolBench();
    bench.openWithPool();
    first = bench.worker();
  });
  afterEach(() => bench.dispose());

  const dueNames = (queues: readonly string[] = [], limit: number | null = null): readonly string[] =>
    first.pool.due.list('mine', queues, bench.nowMs, limit).map((run) => run.name);

  it('give a run to one of two connections only', () => {
    const second = bench.worker();
    const { id } = first.pool.runs.create(newRun());
    const seen = second.pool.due.list('mine', [], bench.nowMs, null);

    const won = claimOne(first.claims, id);
    const lost = claimOne(second.claims, seen[0]?.id ?? '');

    expect(won.granted?.attempt.id).to.equal('1');
    expect(lost).to.deep.equal({ granted: null, refusal: 'the run is now PENDING' });
    expect(second.pool.runs.read(id).stateType).to.equal('PENDING');
    expect(second.pool.due.list('mine', [], bench.nowMs, null)).to.deep.equal([]);
  });

  it('give a run a new attempt, without what the one before left, when it was scheduled again', () => {
    const { id } = first.pool.runs.create(newRun());
    claimOne(first.claims, id);
    first.pool.runs.storeInfrastructurePid(id, 'task-1');
    first.pool.runs.propose(id, { type: 'SCHEDULED', name: 'AwaitingRetry' });

    const again = claimOne(first.claims, id);

    expect(again.granted?.attempt).to.deep.equal({ flowRunId: id, id: '2', startedAtMs: bench.nowMs });
    expect(first.pool.runs.read(id).infrastructurePid).to.equal(null);
  });

  it('are not granted again to a process that holds the lease, nor once the run has gone on', () => {
    const [held, running] = [1, 2].map(() => first.pool.runs.create(newRun()).id) as [string, string];
    first.claim(held);
    first.claim(running);
    first.pool.runs.propose(running, { type: 'RUNNING' });
    first.forget(running);

    expect(claimOne(first.claims, held).refusal).to.equal('the run is now PENDING');
    expect(claimOne(first.claims, running).refusal).to.equal('the run is now RUNNING');
  });

  it('see no runs of a pool that does not exist', () => {
    expect(first.pool.due.list('nothing', [], bench.nowMs, null)).to.deep.equal([]);
  });

  it('see two hundred runs at once, whatever is asked for', () => {
    first.pool.database.write(() => {
      for (let index = 0; index <= 200; index += 1) first.pool.runs.create(newRun());
    });

    expect(dueNames()).to.have.length(200);
    expect(dueNames([], 1_000)).to.have.length(200);
  });

  it('see no run of a queue or pool whose limit was lowered below what is running', () => {
    const { pools, runs } = first.pool;
    const ids = [1, 2, 3, 4].map(() => runs.create(newRun()).id);
    for (const id of ids.slice(0, 2)) first.claim(id);

    pools.updateQueue('mine', 'default', { concurrencyLimit: 1 });
    expect(dueNames()).to.deep.equal([]);
    pools.updateQueue('mine', 'default', { concurrencyLimit: null });
    pools.update('mine', { concurrencyLimit: 1 });
    expect(dueNames()).to.deep.equal([]);
  });

  it('tell of a run that was deleted', () => {
    expect(claimOne(first.claims, 'nothing')).to.deep.equal({ granted: null, refusal: 'the run was deleted' });
  });

  it('come by the priority of queues, then by time, then by age', () => {
    const { pools, runs } = first.pool;
    pools.createQueue('mine', { name: 'urgent', priority: 1 });
    pools.createQueue('mine', { name: 'last' });
    runs.create(newRun({ name: 'e', workQueueName: 'last', scheduledForMs: bench.nowMs - 3 * MINUTE_MS }));
    runs.create(newRun({ name: 'd' }));
    runs.create(newRun({ name: 'c', scheduledForMs: bench.nowMs - MINUTE_MS }));
    runs.create(newRun({ name: 'a', workQueueName: 'urgent' }));
    runs.create(newRun({ name: 'b', workQueueName: 'urgent' }));

    expect(dueNames()).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
    expect(dueNames([], 2)).to.deep.equal(['a', 'b']);
    expect(dueNames(['last', 'default'])).to.deep.equal(['c', 'd', 'e']);

    pools.updateQueue('mine', 'last', { priority: 1 });
    expect(dueNames()[0]).to.equal('e');
  });

  it('look ahead as far as they are asked to', () => {
    first.pool.runs.create(newRun({ scheduledForMs: bench.nowMs + 10_000 }));
    const seen = (aheadMs: number) => first.pool.due.list('mine', [], bench.nowMs + aheadMs, null).length;
    expect([seen(0), seen(9_999), seen(10_000)]).to.deep.equal([0, 0, 1]);
  });

  it('end at the limit of the pool and go on when a run ends', () => {
    const { pools, runs } = first.pool;
    pools.update('mine', { concurrencyLimit: 2 });
    const ids = [1, 2, 3].map(() => runs.create(newRun()).id);
    expect(dueNames()).to.have.length(2);

    const [one = '', two = '', three = ''] = ids;
    claimOne(first.claims, one);
    expect(dueNames()).to.have.length(1);
    claimOne(first.claims, two);
    expect(dueNames()).to.have.length(0);
    expect(claimOne(first.claims, three)).to.deep.equal({ granted: null, refusal: 'the pool is at its limit of 2' });

    runs.propose(one, { type: 'COMPLETED' });
    expect(claimOne(first.claims, three).granted?.attempt.id).to.equal('1');
  });

  it('end at the limit of a queue, not at that of another', () => {
    const { pools, runs } = first.pool;
    pools.createQueue('mine', { name: 'narrow', concurrencyLimit: 1 });
    const narrow = [1, 2].map(() => runs.create(newRun({ workQueueName: 'narrow' })).id);
    runs.create(newRun({ name: 'free' }));
    expect(dueNames()).to.have.length(2);

    claimOne(first.claims, narrow[0] ?? '');
    expect(dueNames()).to.deep.equal(['free']);
    expect(claimOne(first.claims, narrow[1] ?? '')).to.deep.equal({
      granted: null,
      refusal: 'the queue is at its limit of 1',
    });
  });

  it('count a run that is being cancelled as one that holds its slot', () => {
    const { pools, runs } = first.pool;
    pools.update('mine', { concurrencyLimit: 1 });
    const { id } = runs.create(newRun());
    runs.create(newRun());
    claimOne(first.claims, id);
    runs.propose(id, { type: 'CANCELLING' });
    expect(dueNames()).to.have.length(0);
  });

  it('rest with a limit of 0, and while pool or queue are paused', () => {
    const { pools, runs } = first.pool;
    const { id } = runs.create(newRun());
    const reason = () => claimOne(first.claims, id).refusal;
    pools.update('mine', { concurrencyLimit: 0 });
    expect([dueNames().length, reason()]).to.deep.equal([0, 'the pool is at its limit of 0']);
    pools.update('mine', { concurrencyLimit: null, isPaused: true });
    expect([dueNames().length, reason()]).to.deep.equal([0, 'the pool is paused']);
    pools.update('mine', { isPaused: false });
    pools.updateQueue('mine', 'default', { isPaused: true });
    expect([dueNames().length, reason()]).to.deep.equal([0, 'the queue is paused']);
    pools.updateQueue('mine', 'default', { isPaused: false });
    expect([dueNames().length, reason()]).to.deep.equal([1, null]);
  });
});

describe('runs whose worker is gone', () => {
  let bench: PoolBench;
  beforeEach(() => {
    bench = new PoolBench();
    bench.openWithPool();
  });
  afterEach(() => bench.dispose());

  const elsewhere = (osPid: number) => ({
    identity: { host: `host-${osPid}`, bootId: null, processNamespace: null, osPid, processStarted: null },
    processes: { exists: () => false, startOf: () => null },
  });
  const claimOne = (worker: TestWorker): string => {
    const poolId = worker.pool.pools.read('mine').id;
    worker.workers.beat(poolId, 'w', 10);
    const { id } = worker.pool.runs.create(newRun());
    worker.claim(id);
    return id;
  };

  it('are taken over once its signs of life have been missing three times, by one other only', async () => {
    const lost = bench.worker(elsewhere(1));
    const [second, third] = [bench.worker(elsewhere(2)), bench.worker(elsewhere(3))];
    const poolId = second.pool.pools.read('mine').id;
    const id = claimOne(lost);
    second.pool.runs.propose(id, { type: 'RUNNING' });
    lost.pool.runs.storeInfrastructurePid(id, 'task-1');
    for (const worker of [second, third]) worker.workers.beat(poolId, 'w', 1000);

    await bench.clock.advance(29_999);
    expect(second.takeOver()).to.deep.equal([]);
    await bench.clock.advance(1);
    const taken = second.takeOver();

    expect(
      taken.map(({ flowRun, granted }) => [flowRun.id, flowRun.infrastructurePid, granted.attempt.id]),
    ).to.deep.equal([[id, 'task-1', '1']]);
    expect(third.takeOver()).to.deep.equal([]);
    expect(second.takeOver()).to.deep.equal([]);
    second.pool.runs.propose(id, { type: 'CANCELLING' });
    expect([second.claims.cancelling(poolId), lost.claims.cancelling(poolId)]).to.deep.equal([[id], []]);
  });

  it('are taken over at once when it said goodbye', () => {
    const lost = bench.worker(elsewhere(1));
    const second = bench.worker(elsewhere(2));
    const id = claimOne(lost);
    lost.workers.leave();
    const taken = second.takeOver();
    expect(taken.map(({ flowRun }) => flowRun.id)).to.deep.equal([id]);
  });

  it('are left with one that is silent but seen to live on this machine, and not with one seen to be dead', async () => {
    const lives = { 7: 'start-7', 8: 'start-8' } as Readonly<Record<number, string>>;
    const here = (osPid: number, processStarted: string) => ({
      identity: { host: 'h', bootId: 'b', processNamespace: 'n', osPid, processStarted },
      processes: { exists: (pid: number) => pid in lives, startOf: (pid: number) => lives[pid] ?? null },
    });
    const silent = bench.worker(here(7, 'start-7'));
    const reused = bench.worker(here(8, 'an earlier process of that number'));
    const gone = bench.worker(here(9, 'start-9'));
    const second = bench.worker(here(7, 'start-7'));
    claimOne(silent);
    const ids = [claimOne(reused), claimOne(gone)];
    await bench.clock.advance(1_000_000);

    const taken = second.takeOver();

    expect(taken.map(({ flowRun }) => flowRun.id)).to.have.members(ids);
  });

  it('are all taken over or none, so that none is left with one who was not told of it', () => {
    const lost = bench.worker(elsewhere(1));
    const second = bench.worker(elsewhere(2));
    const ids = [claimOne(lost), claimOne(lost)];
    lost.workers.leave();
    const { database } = second.pool;
    database.run(
      `CREATE TRIGGER second_fails BEFORE UPDATE OF owner ON flow_runs WHEN old.id = '${ids[1]}'
       BEGIN SELECT raise(ABORT, 'by the test'); END`,
    );
    expect(() => second.takeOver()).to.throw('by the test');
    database.run('DROP TRIGGER second_fails');
    expect(second.takeOver().map(({ flowRun }) => flowRun.id)).to.have.members(ids);
  });

  it('are no longer theirs when they end', () => {
    const lost = bench.worker(elsewhere(1));
    const second = bench.worker(elsewhere(2));
    const id = claimOne(lost);
    lost.pool.runs.propose(id, { type: 'CRASHED' });
    lost.workers.leave();
    expect(second.takeOver()).to.deep.equal([]);
  });

  it('are taken over a few at once, the oldest first, where that is asked for', () => {
    const lost = bench.worker(elsewhere(1));
    const second = bench.worker(elsewhere(2));
    const ids = [claimOne(lost), claimOne(lost), claimOne(lost)];
    lost.workers.leave();
    const rounds = [1, 2, 3].map(() => second.takeOver(2).map(({ flowRun }) => flowRun.id));
    expect(rounds).to.deep.equal([ids.slice(0, 2), ids.slice(2), []]);
  });

  it('are those of this process too whose lease it does not hold', () => {
    const worker = bench.worker();
    const [kept, forgotten] = [claimOne(worker), claimOne(worker)];
    worker.forget(forgotten);
    expect(worker.takeOver().map(({ flowRun }) => flowRun.id)).to.deep.equal([forgotten]);
    expect(worker.claims.ownerOf(kept)).to.equal('us');
  });

  it('are searched for without a write while there are none', () => {
    const worker = bench.worker(elsewhere(1));
    claimOne(worker);
    worker.pool.database.write = () => {
      throw new Error('a write');
    };

    expect(worker.takeOver()).to.deep.equal([]);
  });

  it('leave no row of one worker that was killed without any', async () => {
    const second = bench.worker(elsewhere(2));
    bench.worker(elsewhere(3)).workers.beat(second.pool.pools.read('mine').id, 'w-3', 10);
    await bench.clock.advance(30_000);

    second.takeOver();

    expect(second.workers.dead()).to.deep.equal([]);
    expect(second.pool.database.get('SELECT count(*) AS n FROM workers')?.n).to.equal(0);
  });

  it('leave no row of a worker that was killed without any', async () => {
    const second = bench.worker(elsewhere(2));
    const poolId = second.pool.pools.read('mine').id;
    for (const osPid of [3, 4, 5]) bench.worker(elsewhere(osPid)).workers.beat(poolId, `w-${osPid}`, 10);
    const rows = () => second.pool.database.get('SELECT count(*) AS n FROM workers')?.n;
    second.takeOver();
    expect(rows()).to.equal(3);
    await bench.clock.advance(30_000);

    second.takeOver();

    expect(rows()).to.equal(0);
  });
});
