import { expect } from 'chai';
import { newRun, PoolBench, type TestWorker } from '../support/pool-bench.js';

describe('due runs of the embedded pool', () => {
  let bench: PoolBench;
  let worker: TestWorker;
  beforeEach(() => {
    bench = new PoolBench();
    bench.openWithPool();
    worker = bench.worker();
  });
  afterEach(() => bench.dispose());

  const dueNames = (limit: number) => worker.pool.due.list('mine', [], bench.nowMs, limit).map(({ name }) => name);
  const create = (count: number, change: Parameters<typeof newRun>[0]) =>
    worker.pool.runs.createAll(Array.from({ length: count }, () => newRun(change)));

  it('are found behind any number of runs that cannot be read', () => {
    create(250, { name: 'damaged' });
    worker.pool.database.run(`UPDATE flow_runs SET parameters = '{'`);
    create(3, { name: 'sound' });

    expect(dueNames(2)).to.deep.equal(['sound', 'sound']);
    expect(dueNames(200)).to.deep.equal(['sound', 'sound', 'sound']);
  });

  it('are found behind any number of runs whose limit has no room left', () => {
    create(250, { name: 'limited', concurrency: { key: 'k', rule: { most: 2, onLimit: 'queue' } } });
    create(3, { name: 'free' });

    expect(dueNames(5)).to.deep.equal(['limited', 'limited', 'free', 'free', 'free']);
  });

  it('come each once where many are due at the same time', () => {
    const runs = create(200, {});
    worker.pool.database.run(`UPDATE flow_runs SET parameters = '{' WHERE rowid % 3 = 0`);

    const due = worker.pool.due.list('mine', [], bench.nowMs, null).map(({ id }) => id);

    expect(due).to.deep.equal(runs.filter((_, index) => (index + 1) % 3 !== 0).map(({ id }) => id));
  });

  it('of one priority and time come in the order in which they were created, of one order by their time', () => {
    create(1, { name: 'urgent', priority: 99, scheduledForMs: bench.nowMs });
    create(1, { name: 'early', scheduledForMs: bench.nowMs - 60_000 });
    create(1, { name: 'early too', scheduledForMs: bench.nowMs - 60_000 });

    expect(dueNames(3)).to.deep.equal(['early', 'early too', 'urgent']);
  });
});
