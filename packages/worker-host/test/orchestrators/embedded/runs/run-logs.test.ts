import type { LogRecord } from '@worker-host/core';
import { RecordingLogger } from '@worker-host/testing';
import { expect } from 'chai';
import Libsql from 'libsql';
import type { Granted, Holding } from '../../../../src/orchestrators/embedded/leases/ownership.js';
import { RunLogs } from '../../../../src/orchestrators/embedded/runs/run-logs.js';
import { newRun, PoolBench, rowOf } from '../support/pool-bench.js';

const line = (flowRunId: string | null, message: string): LogRecord => ({
  name: 'job',
  level: 20,
  message,
  timestampMs: 1000.4,
  flowRunId,
});

function holdingOf(granted: Granted | null): Holding {
  if (granted === null) throw new Error('nothing was granted');
  const { attempt, fencingToken } = granted;
  return { flowRunId: attempt.flowRunId, attempt: Number(attempt.id), fencingToken };
}

describe('log lines of runs', () => {
  let bench: PoolBench;
  beforeEach(() => {
    bench = new PoolBench();
    bench.openWithPool();
  });
  afterEach(() => bench.dispose());

  it('keep their order, and a reader goes on where it was', () => {
    const pool = bench.open();
    const [mine, other] = [pool.runs.create(newRun()).id, pool.runs.create(newRun()).id];
    const logs = new RunLogs(pool.database, new RecordingLogger());
    for (let at = 0; at < 5; at += 1) for (const id of [mine, other]) logs.add(line(id, `${at}`));
    logs.add(line(null, 'of no run'));
    logs.write();
    const reader = new RunLogs(bench.open().database, new RecordingLogger());
    const first = reader.read(mine, { limit: 3 });
    const rest = reader.read(mine, { afterSequence: first.at(-1)?.sequence, limit: 10 });
    expect([...first, ...rest].map(({ message }) => message)).to.deep.equal(['0', '1', '2', '3', '4']);
    expect(first[0]).to.deep.include({ flowRunId: mine, name: 'job', level: 20, timestampMs: 1000 });
    expect(reader.read(mine, { afterSequence: rest.at(-1)?.sequence, limit: 10 })).to.deep.equal([]);
  });

  it('of a job are stored together with how far they go', () => {
    const worker = bench.worker();
    const { id } = worker.pool.runs.create(newRun());
    const holding = holdingOf(worker.claim(id).granted);
    const logs = new RunLogs(worker.pool.database, new RecordingLogger());
    logs.addOutput(holding, [{ message: 'a', timestampMs: 1 }], 'cursor-1');
    logs.addOutput(holding, [{ message: 'b', timestampMs: 2 }], 'cursor-2');
    logs.addOutput(holding, [{ message: 'c', timestampMs: 3 }], null);
    expect(rowOf(worker.pool, id).output_cursor).to.equal(null);

    logs.write();

    expect(rowOf(worker.pool, id).output_cursor).to.equal('cursor-2');
    expect(logs.read(id, { limit: 1 })[0]).to.deep.include({ level: 20, attempt: 1, timestampMs: 1 });
    expect(logs.read(id, { limit: 10 }).map(({ name, message }) => `${name} ${message}`)).to.deep.equal([
      'worker-host.output a',
      'worker-host.output b',
      'worker-host.output c',
    ]);
  });

  it('of a job are written in one step with how far they go, however many come at once', () => {
    const worker = bench.worker();
    const { id } = worker.pool.runs.create(newRun());
    const holding = holdingOf(worker.claim(id).granted);
    const logs = new RunLogs(worker.pool.database, new RecordingLogger());
    const lines = Array.from({ length: 700 }, (_, at) => ({ message: `${at}`, timestampMs: at }));

    logs.addOutput(holding, lines, 'after all');

    expect(logs.read(id, { limit: 1000 })).to.have.length(700);
    expect(rowOf(worker.pool, id).output_cursor).to.equal('after all');
  });

  it('are written soon by themselves', async () => {
    const worker = bench.worker();
    const { id } = worker.pool.runs.create(newRun());
    const logs = new RunLogs(worker.pool.database, new RecordingLogger(), bench.clock);
    logs.add(line(id, 'first'));
    await bench.clock.advance(200);
    logs.add(line(id, 'second'));
    await bench.clock.advance(199);
    expect(logs.read(id, { limit: 10 })).to.have.length(1);

    await bench.clock.advance(1);

    expect(logs.read(id, { limit: 10 }).map(({ message }) => message)).to.deep.equal(['first', 'second']);
    expect(bench.clock.pendingSleeps).to.have.length(0);
  });

  it('of a job are dropped when another owner has the run by then, with their cursor', () => {
    const [first, second] = [bench.worker(), bench.worker()];
    const { id } = first.pool.runs.create(newRun());
    const stale = holdingOf(first.claim(id).granted);
    const logs = new RunLogs(first.pool.database, new RecordingLogger());
    logs.addOutput(stale, [{ message: 'late', timestampMs: 1 }], 'late');
    const [taken] = second.takeOver();
    const current = holdingOf(taken?.granted ?? null);
    logs.addOutput(current, [{ message: 'current', timestampMs: 2 }], 'current');
    logs.add(line(id, 'of the worker'));

    logs.write();

    expect(logs.read(id, { limit: 10 }).map(({ message }) => message)).to.deep.equal(['current', 'of the worker']);
    expect(rowOf(first.pool, id).output_cursor).to.equal('current');
  });

  it('of a job are dropped when its run was made final from outside by then', () => {
    const worker = bench.worker();
    const { id } = worker.pool.runs.create(newRun());
    const holding = holdingOf(worker.claim(id).granted);
    const logs = new RunLogs(worker.pool.database, new RecordingLogger());
    logs.addOutput(holding, [{ message: 'late', timestampMs: 1 }], 'late');
    worker.pool.runs.propose(id, { type: 'CANCELLED' });

    logs.write();

    expect(logs.read(id, { limit: 10 })).to.deep.equal([]);
  });

  it('keep what follows a NUL', () => {
    const pool = bench.open();
    const { id } = pool.runs.create(newRun());
    pool.runs.propose(id, { type: 'FAILED', message: 'exit\0 3' });
    const logs = new RunLogs(pool.database, new RecordingLogger());
    logs.add(line(id, 'ab\0cd\0'));
    logs.write();

    expect(logs.read(id, { limit: 10 }).map(({ message }) => message)).to.deep.equal(['abcd']);
    expect(pool.runs.read(id)).to.have.nested.property('state.message', 'exit 3');
  });

  it('of a deleted run are dropped, and hold no others back', () => {
    const pool = bench.open();
    const { id } = pool.runs.create(newRun());
    const logs = new RunLogs(pool.database, new RecordingLogger());
    logs.add(line('gone', 'x'));
    logs.add(line(id, 'y'));
    logs.write();
    expect(logs.read(id, { limit: 10 }).map(({ message }) => message)).to.deep.equal(['y']);
  });

  it('wait, once each, while the file is locked', () => {
    const pool = bench.open();
    const { id } = pool.runs.create(newRun());
    const logs = new RunLogs(pool.database, new RecordingLogger());
    const holder = new Libsql(pool.database.path);
    holder.exec('BEGIN IMMEDIATE');
    logs.add(line(id, 'a'));
    logs.flush();
    logs.add(line(id, 'b'));
    expect(() => logs.write())
      .to.throw()
      .with.property('code', 'DATABASE_LOCKED');
    holder.exec('ROLLBACK');
    holder.close();
    logs.write();
    logs.write();
    expect(logs.read(id, { limit: 10 }).map(({ message }) => message)).to.deep.equal(['a', 'b']);
  });

  it('are dropped with a word when too many wait, and the full disk is not tried for each', () => {
    const pool = bench.open();
    const { id } = pool.runs.create(newRun());
    const logger = new RecordingLogger();
    const logs = new RunLogs(pool.database, logger);
    pool.database.get(`PRAGMA max_page_count = ${Number(pool.database.get('PRAGMA page_count')?.page_count)}`);
    for (let at = 0; at < 20_005; at += 1) logs.add(line(id, `${at} ${'x'.repeat(50)}`));
    const told = (level: string) => logger.lines.filter((logged) => logged.level === level);
    expect(told('error').map(({ message }) => message)).to.deep.equal([
      'Log lines of runs are being lost: the database cannot be written',
    ]);
    expect(told('warn')).to.have.length(1);
    pool.database.get('PRAGMA max_page_count = 1000000');
    logs.write();
    expect(told('error').at(-1)?.fields).to.deep.equal({ lines: 5 });
    expect(logs.read(id, { limit: 100_000 })).to.have.length(20_000);
  });
});
