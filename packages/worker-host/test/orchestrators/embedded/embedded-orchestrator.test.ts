import type { LogRecord, OrchestratorListener, WorkerIdentity, WorkPool } from '@worker-host/core';
import { RecordingLogger } from '@worker-host/testing';
import { expect } from 'chai';
import Libsql from 'libsql';
import { EmbeddedOrchestrator } from '../../../src/orchestrators/embedded/embedded-orchestrator.js';
import { RunLogs } from '../../../src/orchestrators/embedded/run-logs.js';
import { newRun, PoolBench } from './support/pool-bench.js';

const line = (flowRunId: string | null, message: string, outputCursor?: string): LogRecord => ({
  name: 'job',
  level: 20,
  message,
  timestampMs: 1000.4,
  flowRunId,
  ...(outputCursor === undefined ? {} : { outputCursor }),
});

describe('log lines of runs', () => {
  let bench: PoolBench;
  beforeEach(() => {
    bench = new PoolBench();
  });
  afterEach(() => bench.dispose());

  it('keep their order, and a reader goes on where it was', () => {
    const pool = bench.openWithPool();
    const [mine, other] = [pool.runs.create(newRun()).id, pool.runs.create(newRun()).id];
    const logs = new RunLogs(pool.database, new RecordingLogger());
    for (let at = 0; at < 5; at += 1) for (const id of [mine, other]) logs.add(line(id, `${at}`));
    logs.add(line(null, 'of no run'));
    logs.write();
    const reader = new RunLogs(bench.open().database, new RecordingLogger());
    const first = reader.read(mine, 0, 3);
    const rest = reader.read(mine, first.at(-1)?.sequence ?? 0, 10);
    expect([...first, ...rest].map(({ message }) => message)).to.deep.equal(['0', '1', '2', '3', '4']);
    expect(first[0]).to.deep.include({ flowRunId: mine, name: 'job', level: 20, timestampMs: 1000 });
    expect(reader.read(mine, rest.at(-1)?.sequence ?? 0, 10)).to.deep.equal([]);
  });

  it('are stored together with how far the output was copied', () => {
    const pool = bench.openWithPool();
    const { id } = pool.runs.create(newRun());
    const logs = new RunLogs(pool.database, new RecordingLogger());
    logs.add(line(id, 'a', 'cursor-1'));
    logs.add(line(id, 'b', 'cursor-2'));
    expect(pool.runs.attemptOf(id).outputCursor).to.equal(null);
    logs.write();
    expect(pool.runs.attemptOf(id).outputCursor).to.equal('cursor-2');
  });

  it('of a deleted run are let go, and hold no others back', () => {
    const pool = bench.openWithPool();
    const { id } = pool.runs.create(newRun());
    const logs = new RunLogs(pool.database, new RecordingLogger());
    logs.add(line('gone', 'x'));
    logs.add(line(id, 'y'));
    logs.write();
    expect(logs.read(id, 0, 10).map(({ message }) => message)).to.deep.equal(['y']);
  });

  it('wait, once each, while the file is locked', () => {
    const pool = bench.openWithPool();
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
    expect(logs.read(id, 0, 10).map(({ message }) => message)).to.deep.equal(['a', 'b']);
  });

  it('are dropped with a word when too many wait, and the full disk is not tried for each', () => {
    const pool = bench.openWithPool();
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
    expect(logs.read(id, 0, 100_000)).to.have.length(20_000);
  });
});

describe('the embedded pool as a control plane', () => {
  let bench: PoolBench;
  let orchestrators: EmbeddedOrchestrator[];
  beforeEach(() => {
    bench = new PoolBench();
    orchestrators = [];
  });
  afterEach(async () => {
    for (const orchestrator of orchestrators) await orchestrator.close();
    bench.dispose();
  });

  class Listener implements OrchestratorListener {
    readonly cancelling: string[] = [];
    readonly pools: (WorkPool | null)[] = [];
    work = 0;
    onCancelling(flowRunId: string): void {
      this.cancelling.push(flowRunId);
    }
    onWorkPool(workPool: WorkPool | null): void {
      this.pools.push(workPool);
    }
    onWorkAvailable(): void {
      this.work += 1;
    }
    async onTeardown(): Promise<void> {}
  }
  const identity: WorkerIdentity = {
    name: 'w',
    type: 'test',
    workPoolName: 'mine',
    workQueueNames: [],
    heartbeatIntervalSeconds: 10,
  };
  const template = { job_configuration: { command: '{{ command }}' }, variables: { properties: { command: {} } } };
  const opened = async (listener: OrchestratorListener = new Listener(), createIfNotFound = true) => {
    const orchestrator = new EmbeddedOrchestrator(bench.open(), bench.clock, new RecordingLogger(), 'by the test');
    orchestrators.push(orchestrator);
    await orchestrator.open(identity, { createIfNotFound, defaultBaseJobTemplate: template }, listener);
    return orchestrator;
  };

  it('makes the pool with the template, or fills in an empty one, or tells that there is none', async () => {
    expect(await (await opened(new Listener(), false)).sync()).to.equal(null);
    expect(await (await opened()).sync()).to.deep.include({ name: 'mine', type: 'test', baseJobTemplate: template });
    const admin = bench.open();
    admin.pools.update('mine', { baseJobTemplate: {} });
    await opened();
    expect(admin.pools.read('mine').baseJobTemplate).to.deep.equal(template);
  });

  it('tells of new work, of a changed pool and of a cancellation that another process has written', async () => {
    const listener = new Listener();
    const orchestrator = await opened(listener);
    const admin = bench.open();
    const { id } = admin.runs.create(newRun());
    await bench.clock.advance(500);
    expect(listener.work).to.be.greaterThan(0);
    const [run] = await orchestrator.getScheduledFlowRuns({ scheduledBeforeMs: bench.nowMs, limit: null });
    expect(run?.id).to.equal(id);
    if (run) await orchestrator.claim(run);

    admin.runs.propose(id, { type: 'CANCELLING' });
    admin.pools.update('mine', { isPaused: true });
    await bench.clock.advance(500);
    expect(listener.cancelling).to.include(id);
    expect(listener.pools.at(-1)?.isPaused).to.equal(true);
  });

  it('stores what is logged before the end of a run', async () => {
    const orchestrator = await opened();
    const admin = bench.open();
    const { id } = admin.runs.create(newRun());
    await orchestrator.claim(admin.runs.read(id));
    orchestrator.log(line(id, 'last words'));
    await orchestrator.proposeState(id, { type: 'COMPLETED' });
    const logs = new RunLogs(admin.database, new RecordingLogger());
    expect(logs.read(id, 0, 10).map(({ message }) => message)).to.deep.equal(['last words']);
  });

  it('gives its runs to the next one at once when it is closed', async () => {
    const first = await opened();
    const { id } = bench.open().runs.create(newRun());
    const [run] = await first.getScheduledFlowRuns({ scheduledBeforeMs: bench.nowMs, limit: null });
    if (run) await first.claim(run);
    const second = await opened();
    expect(await second.takeOverInterruptedRuns()).to.deep.equal([]);
    await first.close();
    expect((await second.takeOverInterruptedRuns()).map(({ flowRun }) => flowRun.id)).to.deep.equal([id]);
  });

  for (const { what, prepare } of [
    { what: 'a new pool', prepare: () => undefined },
    { what: 'a pool without a template', prepare: () => void bench.openWithPool() },
  ])
    it(`waits for another process that holds the lock when it opens ${what}`, async () => {
      prepare();
      const other = new Libsql(bench.open().database.path);
      other.exec('BEGIN IMMEDIATE');
      const opening = opened();
      await bench.clock.advance(1000);
      other.exec('COMMIT');
      other.close();
      await bench.clock.advance(1000);

      expect(await (await opening).sync()).to.deep.include({ name: 'mine', baseJobTemplate: template });
    });

  it('is unavailable, to be tried again, while the disk is full', async () => {
    const pool = bench.open();
    const orchestrator = new EmbeddedOrchestrator(pool, bench.clock, new RecordingLogger(), 'by the test');
    orchestrators.push(orchestrator);
    await orchestrator.open(identity, { createIfNotFound: true, defaultBaseJobTemplate: template }, new Listener());
    const { id } = pool.runs.create(newRun());
    pool.database.get(`PRAGMA max_page_count = ${Number(pool.database.get('PRAGMA page_count')?.page_count)}`);
    const store = () => orchestrator.storeResult(id, { text: 'x'.repeat(100_000) });
    const error = await store().catch((thrown: unknown) => thrown);
    expect(error).to.have.property('code', 'ORCHESTRATOR_UNAVAILABLE');
    expect(error).to.have.nested.property('cause.code', 'DISK_FULL');
    pool.database.get('PRAGMA max_page_count = 1000000');
    await store();
    expect(pool.runs.view(id).result).to.have.property('text');
  });
});
