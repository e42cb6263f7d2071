import { expect } from 'chai';
import { newRun, PoolBench, type TestWorker } from './support/pool-bench.js';

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
    first.claims.due('mine', queues, bench.nowMs, limit).map((run) => run.name);

  it('give a run to one of two connections only', () => {
    const second = bench.worker();
    const { id } = first.pool.runs.create(newRun());
    const seen = second.claims.due('mine', [], bench.nowMs, null);

    const won = first.claims.claim(id);
    const lost = second.claims.claim(seen[0]?.id ?? '');

    expect(won.claimed && won.attempt.id).to.equal('1');
    expect(lost).to.deep.equal({ claimed: false, reason: 'the run is PENDING by now' });
    expect(second.pool.runs.read(id).stateType).to.equal('PENDING');
    expect(second.claims.due('mine', [], bench.nowMs, null)).to.deep.equal([]);
  });

  it('give a run a new attempt, without what the one before left, when it was scheduled again', () => {
    const { id } = first.pool.runs.create(newRun());
    first.claims.claim(id);
    first.pool.runs.storeInfrastructurePid(id, 'task-1');
    first.pool.runs.propose(id, { type: 'SCHEDULED', name: 'AwaitingRetry' });

    const again = first.claims.claim(id);

    expect(again.claimed && again.attempt).to.deep.equal({ flowRunId: id, id: '2', startedAtMs: bench.nowMs });
    expect(first.pool.runs.read(id).infrastructurePid).to.equal(null);
  });

  it('tell of a run that was deleted', () => {
    expect(first.claims.claim('nothing')).to.deep.equal({ claimed: false, reason: 'the run was deleted' });
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
    const seen = (aheadMs: number) => first.claims.due('mine', [], bench.nowMs + aheadMs, null).length;
    expect([seen(0), seen(9_999), seen(10_000)]).to.deep.equal([0, 0, 1]);
  });

  it('end at the limit of the pool and go on when a run ends', () => {
    const { pools, runs } = first.pool;
    pools.update('mine', { concurrencyLimit: 2 });
    const ids = [1, 2, 3].map(() => runs.create(newRun()).id);
    expect(dueNames()).to.have.length(2);

    const [one = '', two = '', three = ''] = ids;
    first.claims.claim(one);
    expect(dueNames()).to.have.length(1);
    first.claims.claim(two);
    expect(dueNames()).to.have.length(0);
    expect(first.claims.claim(three)).to.deep.equal({ claimed: false, reason: 'the pool is at its limit of 2' });

    runs.propose(one, { type: 'COMPLETED' });
    expect(first.claims.claim(three).claimed).to.equal(true);
  });

  it('end at the limit of a queue, not at that of another', () => {
    const { pools, runs } = first.pool;
    pools.createQueue('mine', { name: 'narrow', concurrencyLimit: 1 });
    const narrow = [1, 2].map(() => runs.create(newRun({ workQueueName: 'narrow' })).id);
    runs.create(newRun({ name: 'free' }));
    expect(dueNames()).to.have.length(2);

    first.claims.claim(narrow[0] ?? '');
    expect(dueNames()).to.deep.equal(['free']);
    expect(first.claims.claim(narrow[1] ?? '')).to.deep.equal({
      claimed: false,
      reason: 'the queue is at its limit of 1',
    });
  });

  it('count a run that is being cancelled as one that holds its slot', () => {
    const { pools, runs } = first.pool;
    pools.update('mine', { concurrencyLimit: 1 });
    const { id } = runs.create(newRun());
    runs.create(newRun());
    first.claims.claim(id);
    runs.propose(id, { type: 'CANCELLING' });
    expect(dueNames()).to.have.length(0);
  });

  it('rest with a limit of 0, and while pool or queue are paused', () => {
    const { pools, runs } = first.pool;
    const { id } = runs.create(newRun());
    const reason = () => {
      const answer = first.claims.claim(id);
      return answer.claimed ? null : answer.reason;
    };
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
    worker.claims.claim(id);
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
    expect(second.claims.takeOver(poolId)).to.deep.equal([]);
    await bench.clock.advance(1);
    const taken = second.claims.takeOver(poolId);

    expect(taken.map(({ flowRun, attempt }) => [flowRun.id, flowRun.infrastructurePid, attempt.id])).to.deep.equal([
      [id, 'task-1', '1'],
    ]);
    expect(third.claims.takeOver(poolId)).to.deep.equal([]);
    expect(second.claims.takeOver(poolId)).to.deep.equal([]);
    second.pool.runs.propose(id, { type: 'CANCELLING' });
    expect([second.claims.cancelling(), lost.claims.cancelling()]).to.deep.equal([[id], []]);
  });

  it('are taken over at once when it said goodbye', () => {
    const lost = bench.worker(elsewhere(1));
    const second = bench.worker(elsewhere(2));
    const id = claimOne(lost);
    lost.workers.leave();
    const taken = second.claims.takeOver(second.pool.pools.read('mine').id);
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

    const taken = second.claims.takeOver(second.pool.pools.read('mine').id);

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
    const poolId = second.pool.pools.read('mine').id;
    expect(() => second.claims.takeOver(poolId)).to.throw('by the test');
    database.run('DROP TRIGGER second_fails');
    expect(second.claims.takeOver(poolId).map(({ flowRun }) => flowRun.id)).to.have.members(ids);
  });

  it('are no longer theirs when they end', () => {
    const lost = bench.worker(elsewhere(1));
    const second = bench.worker(elsewhere(2));
    const id = claimOne(lost);
    lost.pool.runs.propose(id, { type: 'CRASHED' });
    lost.workers.leave();
    expect(second.claims.takeOver(second.pool.pools.read('mine').id)).to.deep.equal([]);
  });
});
