import { expect } from 'chai';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import { readBacklog } from '../../../../src/orchestrators/embedded/listing/backlog.js';
import type { RunSummary } from '../../../../src/orchestrators/embedded/listing/run-summaries.js';
import { elsewhere } from '../support/open-orchestrator.js';
import { newRun, PoolBench } from '../support/pool-bench.js';

describe('the summary of a run', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  let poolId: string;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
    poolId = pool.pools.read('mine').id;
  });
  afterEach(() => bench.dispose());

  const summaryOf = (id: string): RunSummary => pool.runLists.read(id);
  const waitingOf = (id: string) => summaryOf(id).waiting?.kind;

  it('explains why a run waits: pause, limit, workers', () => {
    const { id } = pool.runs.create(newRun());
    const worker = bench.worker();
    expect(waitingOf(id)).to.equal('no-worker');
    expect(summaryOf(id).reason).to.contain('worker-host start --pool mine');

    worker.workers.beat(poolId, 'w', 10, { workQueueNames: ['other'], limit: null });
    expect(summaryOf(id).reason).to.contain("serves queue 'default'");
    worker.workers.leave();

    const full = bench.worker();
    full.workers.beat(poolId, 'w', 10, { workQueueNames: [], limit: 1 });
    expect(waitingOf(id)).to.equal('next-poll');
    full.claim(pool.runs.create(newRun()).id);
    expect(waitingOf(id)).to.equal('workers-full');

    pool.pools.updateQueue('mine', 'default', { concurrencyLimit: 1 });
    expect(waitingOf(id)).to.equal('queue-limit');
    pool.pools.update('mine', { concurrencyLimit: 1 });
    expect(waitingOf(id)).to.equal('pool-limit');
    pool.pools.updateQueue('mine', 'default', { isPaused: true });
    expect(waitingOf(id)).to.equal('queue-paused');
    pool.pools.update('mine', { isPaused: true });
    expect(waitingOf(id)).to.equal('pool-paused');
  });

  it('names the limit for which a run waits', () => {
    const concurrency = { key: 'db', rule: null };
    const [first, second] = [pool.runs.create(newRun({ concurrency })), pool.runs.create(newRun({ concurrency }))];
    const worker = bench.worker();
    worker.workers.beat(poolId, 'w', 10);
    worker.claim(first.id);

    expect(waitingOf(second.id)).to.equal('run-limit');
    expect(summaryOf(second.id).reason).to.match(/db.* is at its limit\.$/);
  });

  it('does not count dead workers', async () => {
    const { id } = pool.runs.create(newRun());
    bench.worker(elsewhere(7)).workers.beat(poolId, 'w', 10);
    expect(waitingOf(id)).to.equal('next-poll');

    await bench.clock.advance(30_000);

    expect(waitingOf(id)).to.equal('no-worker');
    expect(pool.workers.list(poolId)).to.have.length(1);
    expect(pool.workers.list(poolId)[0]).to.include({ name: 'w', status: 'dead', osPid: 7, workPoolName: 'mine' });
  });

  it('is late 15 seconds after its time, and not before', async () => {
    const { id } = pool.runs.create(newRun({ scheduledForMs: bench.nowMs + 1000 }));
    expect(summaryOf(id)).to.include({ isLate: false, waiting: null, reason: null, durationSeconds: null });
    await bench.clock.advance(16_000);
    expect(summaryOf(id).isLate).to.equal(false);
    await bench.clock.advance(1);
    expect(summaryOf(id).isLate).to.equal(true);
  });

  it('contains worker, attempt, duration, exit code and diagnosis', async () => {
    const { id } = pool.runs.create(newRun());
    const worker = bench.worker();
    worker.workers.beat(poolId, 'w', 10);
    worker.claim(id);
    await bench.clock.advance(2500);
    expect(summaryOf(id)).to.include({ workerName: 'w', attempt: 1, durationSeconds: 2.5, endTime: null });

    pool.runs.addLabels(id, { 'prefect.worker.name': 'w' });
    pool.runs.storeResult(id, { exitCode: 137, diagnosis: { summary: 'Out of memory' } });
    pool.runs.propose(id, { type: 'FAILED', message: 'exit status 137' });
    worker.workers.leave();
    await bench.clock.advance(60_000);

    expect(summaryOf(id)).to.include({ workerName: 'w', durationSeconds: 2.5, exitCode: 137, reason: 'Out of memory' });
    expect(pool.runLists.list({ limit: 1, workerName: 'w' }).runs).to.have.length(1);
    expect(pool.runLists.list({ limit: 1, text: 'OUT of mem' }).runs).to.have.length(1);
  });

  it('contains no reason for a successful or active run, and the message of a cancelled one', () => {
    const reasonOf = (type: 'COMPLETED' | 'RUNNING' | 'CANCELLED' | 'CRASHED'): string | null => {
      const { id } = pool.runs.create(newRun());
      pool.runs.storeResult(id, { diagnosis: { summary: type === 'CRASHED' ? '' : 'Out of memory' } });
      pool.runs.propose(id, { type, message: 'as it was told', force: true });
      return summaryOf(id).reason;
    };

    expect((['COMPLETED', 'RUNNING', 'CANCELLED', 'CRASHED'] as const).map(reasonOf)).to.deep.equal([
      null,
      null,
      'as it was told',
      'as it was told',
    ]);
  });

  it("contains the worker's last report while a run is launched, not the job's output", () => {
    const { id } = pool.runs.create(newRun());
    bench.worker().claim(id);
    const log = (name: string, level: number, message: string) =>
      pool.database.run(
        'INSERT INTO logs (flow_run_id, name, level, message, timestamp_ms) VALUES (?, ?, ?, ?, 1)',
        ...[id, name, level, message],
      );
    log('prefect.flow_runs.worker', 30, 'No capacity in eu-west-1a');
    log('prefect.flow_runs.worker', 10, 'detail');
    log('worker-host.output', 20, 'output');

    expect(summaryOf(id).reason).to.equal('No capacity in eu-west-1a');
  });

  it('has a short id of eight characters, longer if another run has the same prefix', () => {
    const ids = ['12345678-0000', '12345678-0001', 'abcdefgh-0000'];
    for (const id of ids)
      pool.database.write(() => {
        const run = pool.runs.create(newRun());
        pool.database.run('PRAGMA defer_foreign_keys = ON');
        pool.database.run('UPDATE flow_run_states SET flow_run_id = ? WHERE flow_run_id = ?', id, run.id);
        pool.database.run('UPDATE flow_runs SET id = ? WHERE id = ?', id, run.id);
      });

    expect(ids.map((id) => summaryOf(id).shortId)).to.deep.equal(['12345678-0000', '12345678-0001', 'abcdefgh']);
  });
});

describe('the backlog of a pool', () => {
  it('counts due and late runs of this pool alone, and since when', async () => {
    const bench = new PoolBench();
    const pool = bench.openWithPool();
    pool.pools.create({ name: 'other', type: 'test', baseJobTemplate: {} });
    const startMs = bench.nowMs;
    for (const ms of [0, 10_000, 3_600_000]) pool.runs.create(newRun({ scheduledForMs: startMs + ms }));
    pool.runs.create(newRun({ workPoolName: 'other', scheduledForMs: startMs - 1 }));
    await bench.clock.advance(20_000);

    expect(readBacklog(pool.database, 'mine', bench.nowMs)).to.deep.equal({
      dueRuns: 2,
      lateRuns: 1,
      oldestDueMs: startMs,
    });
    expect(readBacklog(pool.database, 'gone', bench.nowMs)).to.deep.equal({
      dueRuns: 0,
      lateRuns: 0,
      oldestDueMs: null,
    });
    await bench.dispose();
  });
});
