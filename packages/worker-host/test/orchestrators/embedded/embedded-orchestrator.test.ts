import type { LogRecord } from '@worker-host/core';
import { RecordingLogger } from '@worker-host/testing';
import { expect } from 'chai';
import Libsql from 'libsql';
import { RunLogs } from '../../../src/orchestrators/embedded/runs/run-logs.js';
import { codeOf, elsewhere, openOrchestrator, TEMPLATE } from './support/open-orchestrator.js';
import { newRun, PoolBench } from './support/pool-bench.js';

const line = (flowRunId: string, message: string): LogRecord => ({
  name: 'job',
  level: 20,
  message,
  timestampMs: 1000,
  flowRunId,
});

describe('the embedded pool as a control plane', () => {
  let bench: PoolBench;
  beforeEach(() => {
    bench = new PoolBench();
  });
  afterEach(() => bench.dispose());

  it('creates the pool with the template, or sets it on an empty one, or reports that there is none', async () => {
    const { orchestrator: without } = await openOrchestrator(bench, { createIfNotFound: false });
    expect(await without.heartbeat()).to.deep.equal({ workPool: null, namesakes: [] });
    const { orchestrator } = await openOrchestrator(bench);
    const { workPool } = await orchestrator.heartbeat();
    expect(workPool).to.deep.include({ name: 'mine', type: 'test', baseJobTemplate: TEMPLATE });
    const admin = bench.open();
    admin.pools.update('mine', { baseJobTemplate: {} });
    await openOrchestrator(bench);
    expect(admin.pools.read('mine').baseJobTemplate).to.deep.equal(TEMPLATE);
  });

  it('reports new work, a changed pool and a cancellation that another process has written', async () => {
    const { orchestrator, listener } = await openOrchestrator(bench);
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

  it('reports a cancellation after a failed read, without another write', async () => {
    const { pool, listener, logger, claimNew } = await openOrchestrator(bench);
    const { attempt } = await claimNew();
    await bench.clock.advance(500);
    const { database } = pool;
    const all = database.all.bind(database);
    database.all = () => {
      database.all = all;
      throw new Error('disk I/O error');
    };

    bench.open().runs.propose(attempt.flowRunId, { type: 'CANCELLING' });
    await bench.clock.advance(500);
    expect(listener.cancelling).to.deep.equal([]);
    await bench.clock.advance(500);

    expect(listener.cancelling).to.deep.equal([attempt.flowRunId]);
    expect(logger.messages().slice(-2)).to.deep.equal([
      'Watching the database failed; retrying',
      'Watching the database resumed',
    ]);
  });

  it('reports the cancellation of a run that was released, and not of one that another worker owns', async () => {
    const [first, second] = [await openOrchestrator(bench), await openOrchestrator(bench)];
    const [released, owned] = [await first.claimNew(), await first.claimNew()];
    await released.release('unreported');
    const admin = bench.open();
    for (const { attempt } of [released, owned]) admin.runs.propose(attempt.flowRunId, { type: 'CANCELLING' });

    await bench.clock.advance(500);

    expect(new Set(second.listener.cancelling)).to.deep.equal(new Set([released.attempt.flowRunId]));
    expect(first.listener.cancelling).to.include(owned.attempt.flowRunId);
  });

  it('stores log lines before the end of a run', async () => {
    const { orchestrator, claimNew } = await openOrchestrator(bench);
    const lease = await claimNew();
    const { flowRunId } = lease.attempt;
    orchestrator.log(line(flowRunId, 'last words'));
    lease.output([{ message: 'of the job', timestampMs: 1 }]);
    await lease.proposeState({ type: 'COMPLETED' });
    const logs = new RunLogs(bench.open().database, new RecordingLogger());
    expect(logs.read(flowRunId, { limit: 10 }).map(({ message }) => message)).to.deep.equal([
      'last words',
      'of the job',
    ]);
  });

  it('releases its runs to the next worker immediately when it is closed', async () => {
    const first = await openOrchestrator(bench);
    const { attempt } = await first.claimNew();
    const { orchestrator: second } = await openOrchestrator(bench);
    expect(await second.takeOverInterruptedRuns({ limit: 10 })).to.deep.equal([]);
    await first.orchestrator.close();
    const taken = await second.takeOverInterruptedRuns({ limit: 10 });
    expect(taken.map(({ flowRun }) => flowRun.id)).to.deep.equal([attempt.flowRunId]);
  });

  for (const { what, prepare } of [
    { what: 'a new pool', prepare: () => undefined },
    { what: 'a pool without a template', prepare: () => void bench.openWithPool() },
  ])
    it(`waits for another process that holds the lock when it opens ${what}`, async () => {
      prepare();
      const other = new Libsql(bench.open().database.path);
      other.exec('BEGIN IMMEDIATE');
      const opening = openOrchestrator(bench);
      await bench.clock.advance(1000);
      other.exec('COMMIT');
      other.close();
      await bench.clock.advance(1000);

      const { workPool } = await (await opening).orchestrator.heartbeat();
      expect(workPool).to.deep.include({ name: 'mine', baseJobTemplate: TEMPLATE });
    });

  it('stops waiting for the lock when its caller aborts', async () => {
    const { orchestrator, pool } = await openOrchestrator(bench);
    const other = new Libsql(pool.database.path);
    other.exec('BEGIN IMMEDIATE');
    const abort = new AbortController();
    const beat = codeOf(orchestrator.heartbeat(abort.signal));
    await bench.clock.advance(100);
    abort.abort(new Error('the deadline of the heartbeat'));

    expect(String(await beat)).to.contain('the deadline of the heartbeat');
    other.exec('ROLLBACK');
    other.close();
  });

  it('is unavailable, and can be retried, while the disk is full', async () => {
    const { pool, claimNew } = await openOrchestrator(bench);
    const lease = await claimNew();
    pool.database.get(`PRAGMA max_page_count = ${Number(pool.database.get('PRAGMA page_count')?.page_count)}`);
    const store = () => lease.storeResult({ text: 'x'.repeat(100_000) });
    const error = await store().catch((thrown: unknown) => thrown);
    expect(error).to.have.property('code', 'ORCHESTRATOR_UNAVAILABLE');
    expect(error).to.have.nested.property('cause.code', 'DISK_FULL');
    expect(lease.isHeld).to.equal(true);
    pool.database.get('PRAGMA max_page_count = 1000000');
    await store();
    expect(pool.runs.view(lease.attempt.flowRunId).result).to.have.property('text');
  });

  it('rejects a name that a live worker of the pool has, and accepts it when that one is gone', async () => {
    const first = await openOrchestrator(bench, { name: 'same' });
    const refused = openOrchestrator(bench, { name: 'same' });
    const error = await refused.catch((thrown: unknown) => thrown);
    expect(error).to.have.property('code', 'WORKER_NAME_IN_USE');
    expect(String(error)).to.match(/'same'.*process \d+ on .*, last heartbeat 0 s ago/);

    await first.orchestrator.close();

    await openOrchestrator(bench, { name: 'same' });
  });

  it('rejects a name by heartbeats if the process cannot be seen, for three intervals', async () => {
    await openOrchestrator(bench, { name: 'same', process: elsewhere(1) });
    await bench.clock.advance(29_999);
    expect(await codeOf(openOrchestrator(bench, { name: 'same', process: elsewhere(2) }))).to.equal(
      'WORKER_NAME_IN_USE',
    );
    await bench.clock.advance(1);

    await openOrchestrator(bench, { name: 'same', process: elsewhere(2) });
  });

  it('reports a second worker of its name that resumed after it was considered dead', async () => {
    const first = await openOrchestrator(bench, { name: 'same', process: elsewhere(1) });
    await bench.clock.advance(30_000);
    const second = await openOrchestrator(bench, { name: 'same', process: elsewhere(2) });
    expect((await second.orchestrator.heartbeat()).namesakes).to.deep.equal([]);

    await first.orchestrator.heartbeat();

    expect((await second.orchestrator.heartbeat()).namesakes).to.deep.equal([
      'process 1 on host-1, last heartbeat 0 s ago',
    ]);
  });

  it('continues if a schedule cannot be read, plans the others, and reports it once', async () => {
    const { orchestrator, pool, logger } = await openOrchestrator(bench);
    pool.pools.create({ name: 'other', type: 'test', baseJobTemplate: {} });
    const deploy = (name: string, workPoolName: string) =>
      pool.deployments.create({
        name,
        workPoolName,
        workQueueName: null,
        jobVariables: {},
        parameters: {},
        tags: [],
        schedules: [{ kind: 'cron', cron: '0 * * * *', timezone: 'Europe/Berlin' }],
      });
    const [broken] = [deploy('broken', 'other'), deploy('sound', 'mine')];
    pool.database.run(
      `UPDATE deployment_schedules SET schedule = replace(schedule, 'Berlin', 'Nowhere') WHERE deployment_id = ?`,
      broken?.id ?? '',
    );

    for (let beat = 0; beat < 3; beat += 1) expect((await orchestrator.heartbeat()).workPool?.name).to.equal('mine');

    expect(pool.runLists.list({ limit: 10 }).runs.map(({ workPoolName }) => workPoolName)).to.deep.equal([
      'mine',
      'mine',
      'mine',
    ]);
    expect(logger.messages('error')).to.deep.equal([
      `Planning a schedule of deployment 'broken' failed; it creates no runs`,
    ]);
  });

  it('plans and prunes again after a failure, and reports it once', async () => {
    const { orchestrator, pool, logger } = await openOrchestrator(bench);
    const { planner } = pool;
    const plan = planner.plan.bind(planner);
    const failing = () => {
      throw new Error('disk I/O error');
    };
    for (let round = 0; round < 2; round += 1) {
      planner.plan = failing;
      for (let beat = 0; beat < 2; beat += 1) expect((await orchestrator.heartbeat()).workPool?.name).to.equal('mine');
      planner.plan = plan;
      await orchestrator.heartbeat();
    }

    expect(logger.messages('warn')).to.deep.equal(
      Array(2).fill('Planning schedules and pruning runs failed; retrying with each heartbeat'),
    );
  });

  it('applies limits and deadlines with each poll, and reports the changes', async () => {
    const { orchestrator, pool, listener } = await openOrchestrator(bench, { heartbeatIntervalSeconds: 3600 });
    await bench.clock.advance(500);
    const run = pool.runs.create(newRun({ policy: { limits: { startSeconds: 60 } } }));
    await orchestrator.claim(run);
    pool.database.run('UPDATE flow_runs SET deadline_ms = ? WHERE id = ?', bench.nowMs, run.id);

    await orchestrator.getScheduledFlowRuns({ scheduledBeforeMs: bench.nowMs, limit: null });

    expect(pool.runs.read(run.id).stateType).to.equal('CANCELLING');
    expect(listener.cancelling).to.deep.equal([]);
    await bench.clock.advance(500);
    expect(listener.cancelling).to.deep.equal([run.id]);
  });

  it('reports a change of the pool once', async () => {
    const { listener } = await openOrchestrator(bench);
    const admin = bench.open();
    await bench.clock.advance(500);
    expect(listener.pools).to.deep.equal([]);
    admin.pools.update('mine', { isPaused: true });
    await bench.clock.advance(500);
    admin.variables.set('a', 1);
    await bench.clock.advance(500);
    expect(listener.pools.map((workPool) => workPool?.isPaused)).to.deep.equal([true]);
    admin.pools.delete('mine');
    await bench.clock.advance(500);

    expect(listener.pools.slice(1)).to.deep.equal([null]);
  });

  it('reads the flow of a run: its deployment, or its pool for a plain command', async () => {
    const { orchestrator, pool } = await openOrchestrator(bench);
    const job = { workQueueName: null, jobVariables: {}, parameters: {}, tags: [], schedules: [] };
    const { id, flowId } = pool.deployments.create({ ...job, name: 'job', workPoolName: 'mine' });
    const [plain, deployed] = [pool.runs.create(newRun()), pool.runs.create(newRun({ deploymentName: 'job' }))];

    expect(await orchestrator.readFlow(plain.flowId ?? '')).to.deep.include({
      id: plain.flowId,
      name: 'mine',
      tags: [],
    });
    expect(await orchestrator.readFlow(deployed.flowId ?? '')).to.deep.include({ id: flowId, name: 'job' });
    expect(await orchestrator.readFlow('nothing')).to.equal(null);
    expect(await orchestrator.readDeployment(id)).to.deep.equal(pool.deployments.read('job'));
    expect(await orchestrator.readDeployment('nothing')).to.equal(null);
    expect(await orchestrator.readFlowRun(plain.id)).to.deep.equal(pool.runs.read(plain.id));
    expect(orchestrator.description).to.equal(`embedded pool at ${pool.database.path} (by the test)`);
  });

  it('passes jobs the id of their run, and its parameters if it has any', async () => {
    const { orchestrator, pool } = await openOrchestrator(bench);
    const [without, withOne] = [pool.runs.create(newRun()), pool.runs.create(newRun({ parameters: { n: 1 } }))];

    expect(orchestrator.jobEnvironment(without)).to.deep.equal({ WORKER_HOST_FLOW_RUN_ID: without.id });
    expect(orchestrator.jobEnvironment(withOne)).to.deep.equal({
      WORKER_HOST_FLOW_RUN_ID: withOne.id,
      WORKER_HOST_PARAMETERS: '{"n":1}',
    });
  });

  it('reads secrets and variables that templates refer to', async () => {
    const { orchestrator, pool } = await openOrchestrator(bench);
    pool.secrets.set('token', 'hush');
    pool.variables.set('region', 'eu');
    const { references } = orchestrator;
    const block = pool.secrets.findBlock('name', 'token');

    expect(await references.readBlockDocument('secret', 'token')).to.deep.equal(block);
    expect(await references.readBlockDocument('aws-credentials', 'token')).to.equal(null);
    expect(await references.readBlockDocumentById(block?.id ?? '')).to.deep.equal(block);
    expect(await references.readVariable('region')).to.deep.equal({ name: 'region', value: 'eu' });
    expect(await references.readVariable('nothing')).to.equal(null);
  });

  it('reads several runs at once, without deleted ones', async () => {
    const { orchestrator, pool } = await openOrchestrator(bench);
    const ids = [pool.runs.create(newRun()).id, pool.runs.create(newRun()).id];
    const runs = await orchestrator.readFlowRuns([...ids, 'gone']);
    expect([...runs.keys()].sort()).to.deep.equal([...ids].sort());
    expect(runs.get(ids[0] ?? '')?.stateType).to.equal('SCHEDULED');
  });

  it('rejects calls before it is open', async () => {
    const { orchestrator } = await openOrchestrator(bench);
    const pool = bench.open();
    const { EmbeddedOrchestrator } = await import('../../../src/orchestrators/embedded/embedded-orchestrator.js');
    const unopened = new EmbeddedOrchestrator(pool, bench.clock, new RecordingLogger(), 'by the test');
    expect(await codeOf(unopened.heartbeat())).to.equal('ORCHESTRATOR_NOT_OPEN');
    expect(await codeOf(unopened.claim(pool.runs.create(newRun())))).to.equal('ORCHESTRATOR_NOT_OPEN');
    expect(orchestrator.leaseMs).to.equal(30_000);
  });
});
