import type { JsonObject, StateType } from '@worker-host/core';
import { expect } from 'chai';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import { elsewhere } from '../support/open-orchestrator.js';
import { newRun, PoolBench, thrownBy } from '../support/pool-bench.js';

const HOUR_MS = 3_600_000;

describe('the overview of a pool', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
    pool.pools.create({ name: 'other', type: 'test', baseJobTemplate: {} });
  });
  afterEach(() => bench.dispose());

  const end = (
    type: StateType,
    { message, result, workPoolName = 'mine' }: { message?: string; result?: JsonObject; workPoolName?: string } = {},
  ): string => {
    const { id } = pool.runs.create(newRun({ workPoolName }));
    if (result !== undefined) pool.runs.storeResult(id, result);
    pool.runs.propose(id, { type, force: true, ...(message === undefined ? {} : { message }) });
    return id;
  };
  const failures = () => pool.overviews.read('mine').failures;

  it('of an idle one reports that it is idle', () => {
    const overview = pool.overviews.read('mine');

    expect(overview).to.deep.include({
      dueRuns: 0,
      lateRuns: 0,
      oldestDueMs: null,
      workers: [],
      activeRuns: 0,
      waitingFor: null,
      failures: [],
    });
    expect(overview.pool.name).to.equal('mine');
    expect(overview.queues.map(({ name }) => name)).to.deep.equal(['default']);
    expect(thrownBy(() => pool.overviews.read('gone'))).to.include({ code: 'NOT_FOUND' });
  });

  it('counts its own runs and workers, and explains why the oldest due run waits', async () => {
    const [mine, other] = [bench.worker(elsewhere(1)), bench.worker(elsewhere(2))];
    mine.workers.beat(pool.pools.read('mine').id, 'w', 10);
    other.workers.beat(pool.pools.read('other').id, 'w', 10);
    pool.pools.createQueue('mine', { name: 'stopped' });
    pool.pools.updateQueue('mine', 'stopped', { isPaused: true });
    mine.claim(pool.runs.create(newRun()).id);
    other.claim(pool.runs.create(newRun({ workPoolName: 'other' })).id);
    pool.runs.create(newRun({ scheduledForMs: bench.nowMs + 1000 }));
    pool.runs.create(newRun({ workPoolName: 'other', scheduledForMs: bench.nowMs - 1000 }));
    expect(pool.overviews.read('mine').waitingFor).to.equal(null);
    pool.runs.create(newRun({ workQueueName: 'stopped', scheduledForMs: bench.nowMs + 500 }));
    await bench.clock.advance(1000);

    const overview = pool.overviews.read('mine');

    expect(overview).to.include({ dueRuns: 2, lateRuns: 0, activeRuns: 1, oldestDueMs: bench.nowMs - 500 });
    expect(overview.waitingFor).to.contain("Queue 'stopped' is paused");
    expect(overview.workers.map(({ osPid }) => osPid)).to.deep.equal([1]);
  });

  it('counts ended runs in each of the last 24 hours', async () => {
    await bench.clock.advance(HOUR_MS - (bench.nowMs % HOUR_MS));
    const firstMs = bench.nowMs;
    end('COMPLETED');
    end('COMPLETED', { workPoolName: 'other' });
    await bench.clock.advance(HOUR_MS - 1);
    for (const type of ['FAILED', 'CRASHED', 'CANCELLED', 'CANCELLED', 'RUNNING'] as const) end(type);
    await bench.clock.advance(1);
    end('FAILED');
    const none = { completed: 0, failed: 0, crashed: 0, cancelled: 0 };
    const shown = () => pool.overviews.read('mine').hours.map((hour) => ({ ...hour, startMs: hour.startMs - firstMs }));
    const atEnd = shown();
    await bench.clock.advance(1);

    const later = shown();

    expect(atEnd).to.have.length(24);
    expect(atEnd.slice(-1)).to.deep.equal([{ startMs: 0, completed: 1, failed: 1, crashed: 1, cancelled: 2 }]);
    expect(later).to.have.length(24);
    expect(later.slice(-3)).to.deep.equal([
      { startMs: -HOUR_MS, ...none },
      { startMs: 0, completed: 1, failed: 1, crashed: 1, cancelled: 2 },
      { startMs: HOUR_MS, ...none, failed: 1 },
    ]);
    await bench.clock.advance(22 * HOUR_MS);
    expect(shown()[0]).to.deep.include({ startMs: 0, completed: 1 });
    await bench.clock.advance(HOUR_MS);
    expect(shown()[0]).to.deep.include({ startMs: HOUR_MS, failed: 1 });
  });

  it('groups failed runs by state and reason, the most frequent first, each with its latest run', async () => {
    end('FAILED', { message: 'exit 1' });
    await bench.clock.advance(1000);
    for (const summary of ['Out of memory', 'Out of memory'])
      end('FAILED', { message: 'exit 137', result: { diagnosis: { summary } } });
    await bench.clock.advance(1000);
    const newest = end('FAILED', { message: 'other words', result: { diagnosis: { summary: 'Out of memory' } } });
    end('CRASHED', { message: 'exit 1' });
    const empty = end('CRASHED', { message: 'exit 1', result: { diagnosis: { summary: '' } } });
    end('FAILED');
    end('COMPLETED', { message: 'fine' });
    end('CANCELLED', { message: 'stopped' });
    end('FAILED', { message: 'exit 1', workPoolName: 'other' });

    expect(failures().map(({ stateName, reason, runs }) => `${runs} ${stateName}: ${reason}`)).to.deep.equal([
      '3 Failed: Out of memory',
      '2 Crashed: exit 1',
      '1 Failed: No reason is known',
      '1 Failed: exit 1',
    ]);
    expect(failures()[0]).to.include({ lastRunId: newest, lastTime: new Date(bench.nowMs).toISOString() });
    expect([newest, empty]).to.include(failures()[0]?.lastRunId);
  });

  it('forgets failures after a day, and counts at most two hundred per state', async () => {
    end('FAILED', { message: 'early' });
    await bench.clock.advance(24 * HOUR_MS - 1);
    expect(failures()).to.have.length(1);
    await bench.clock.advance(1);
    expect(failures()).to.deep.equal([]);
    pool.database.write(() => {
      for (let at = 0; at < 201; at += 1) end('FAILED', { message: 'many' });
      end('CRASHED', { message: 'one' });
    });

    expect(failures().map(({ runs }) => runs)).to.deep.equal([200, 1]);
  });
});
