import { statSync } from 'node:fs';
import type { StateType } from '@worker-host/core';
import { expect } from 'chai';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import { openOrchestrator } from '../support/open-orchestrator.js';
import { newRun, PoolBench, thrownBy } from '../support/pool-bench.js';

const DAY_MS = 86_400_000;

describe('retention of ended runs', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
  });
  afterEach(() => bench.dispose());

  const add = (name: string, state: StateType | null): string => {
    const { id } = pool.runs.create(newRun({ name }));
    if (state !== null) pool.runs.propose(id, { type: state, force: true });
    return id;
  };
  const names = (): readonly string[] =>
    pool.database.all('SELECT name FROM flow_runs ORDER BY rowid').map(({ name }) => String(name));
  const prune = (): void => {
    const limits = pool.retention.limits(null);
    while (pool.pruning.pruneBatch(limits) > 0);
  };

  it('is a month for successful and three for other runs, unless the pool sets it', async () => {
    for (const state of ['COMPLETED', 'CANCELLED', 'FAILED', 'CRASHED'] as const) add(state, state);
    await bench.clock.advance(29 * DAY_MS);
    prune();
    expect(names()).to.have.length(4);
    await bench.clock.advance(2 * DAY_MS);
    expect(pool.pruning.count(pool.retention.limits('mine'))).to.equal(2);
    prune();
    expect(names()).to.deep.equal(['FAILED', 'CRASHED']);
    pool.retention.set('mine', ['FAILED'], { maxAgeSeconds: 3600 });
    prune();
    expect(names()).to.deep.equal(['CRASHED']);
    pool.retention.set('mine', ['CRASHED'], { maxAgeSeconds: null });
    await bench.clock.advance(1000 * DAY_MS);
    prune();
    expect(names()).to.deep.equal(['CRASHED']);
  });

  it('keeps the newest runs of a state, per pool', async () => {
    pool.pools.create({ name: 'other', type: 'test', baseJobTemplate: {} });
    pool.retention.set('mine', ['COMPLETED'], { maxRuns: 2 });
    for (const name of ['a', 'b', 'c', 'd']) {
      add(name, 'COMPLETED');
      const { id } = pool.runs.create(newRun({ name: `other-${name}`, workPoolName: 'other' }));
      pool.runs.propose(id, { type: 'COMPLETED', force: true });
      await bench.clock.advance(1000);
    }
    prune();
    expect(names()).to.deep.equal(['other-a', 'other-b', 'c', 'other-c', 'd', 'other-d']);
    pool.retention.set('mine', ['COMPLETED'], { maxRuns: 0 });
    prune();
    expect(names().filter((name) => !name.startsWith('other'))).to.deep.equal([]);
  });

  it('counts an array as its runs, and keeps an array that reaches the number completely', async () => {
    pool.retention.set('mine', ['CANCELLED'], { maxRuns: 3 });
    const ids = (['a', 'array', 'b', 'c'] as const).map(
      (name) => pool.runs.create(newRun({ name, array: name === 'array' ? { size: 3 } : null })).id,
    );
    for (const id of ids) {
      pool.runs.propose(id, { type: 'CANCELLED' });
      await bench.clock.advance(1000);
    }
    expect(pool.pruning.count(pool.retention.limits('mine'))).to.equal(1);
    prune();
    expect(names()).to.deep.equal(['array', 'array-0', 'array-1', 'array-2', 'b', 'c']);

    pool.retention.set('mine', ['CANCELLED'], { maxRuns: 2 });
    prune();
    expect(names()).to.deep.equal(['b', 'c']);
  });

  it('never affects a run that has not ended', async () => {
    pool.retention.set('mine', ['COMPLETED', 'FAILED'], { maxAgeSeconds: 1, maxRuns: 0 });
    for (const state of ['PENDING', 'RUNNING', 'CANCELLING', 'PAUSED'] as const) add(state, state);
    add('waiting', null);
    const again = add('again', 'COMPLETED');
    pool.runs.propose(again, { type: 'SCHEDULED', force: true });
    await bench.clock.advance(1000 * DAY_MS);
    prune();
    expect(names()).to.deep.equal(['PENDING', 'RUNNING', 'CANCELLING', 'PAUSED', 'waiting', 'again']);
  });

  it('is applied by workers once an hour, with states and logs, and shrinks the file', async () => {
    const { orchestrator } = await openOrchestrator(bench, { heartbeatIntervalSeconds: 3600 });
    const text = 'x'.repeat(2000);
    pool.database.write(() => {
      for (let count = 0; count < 300; count += 1) {
        const id = add(`run-${count}`, 'COMPLETED');
        for (let line = 0; line < 5; line += 1)
          pool.database.run(
            `INSERT INTO logs (flow_run_id, name, level, message, timestamp_ms) VALUES ('${id}', 'x', 20, '${text}', 1)`,
          );
      }
    });
    const sizeOf = () => {
      pool.database.all('PRAGMA wal_checkpoint(TRUNCATE)');
      return statSync(pool.database.path).size;
    };
    const before = sizeOf();
    await orchestrator.heartbeat();
    expect(names()).to.have.length(300);
    pool.retention.set('mine', ['COMPLETED'], { maxRuns: 10 });
    await orchestrator.heartbeat();
    expect(names()).to.have.length(300);
    await bench.clock.advance(3_600_000);

    await orchestrator.heartbeat();

    expect(names().length).to.be.lessThan(11);
    for (const table of ['logs', 'flow_run_states'])
      expect(pool.database.get(`SELECT count(*) AS n FROM ${table}`)?.n, table).to.be.lessThan(60);
    expect(sizeOf()).to.be.lessThan(before / 2);
  });

  it('is rejected with all its problems', () => {
    const { message } = thrownBy(() => pool.retention.set('mine', ['FAILED'], { maxAgeSeconds: 0, maxRuns: -1 }));
    expect(message).to.contain('an age must be above 0').and.contain('a number of runs must be 0 or more');
  });
});
