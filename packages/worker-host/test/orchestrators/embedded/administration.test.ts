import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import Libsql from 'libsql';
import { openAdministration } from '../../../src/orchestrators/embedded/administration.js';
import type { Administration } from '../../../src/orchestrators/embedded/administration-types.js';
import type { EmbeddedPool } from '../../../src/orchestrators/embedded/embedded-pool.js';
import type { Schedule } from '../../../src/orchestrators/embedded/schedules/schedule-types.js';
import { codeOf, elsewhere } from './support/open-orchestrator.js';
import { newRun, PoolBench } from './support/pool-bench.js';

const HOURLY: Schedule = { kind: 'cron', cron: '0 * * * *', timezone: null, name: 'hourly' };
const JOB = {
  name: 'job',
  workPoolName: 'mine',
  workQueueName: null,
  jobVariables: {},
  parameters: {},
  tags: [],
  schedules: [],
};
const NOTHING_CHANGED = { jobVariables: {}, parameters: {} };

describe('the administration of the embedded pool', () => {
  let bench: PoolBench;
  let administration: Administration;
  /** Another process, which sees what is stored. */
  let other: EmbeddedPool;
  beforeEach(async () => {
    bench = new PoolBench();
    other = bench.openWithPool();
    administration = await openAdministration({ home: bench.home, nowMs: () => bench.nowMs, clock: bench.clock });
    bench.onDispose(() => administration.close());
  });
  afterEach(() => bench.dispose());

  const plannedRuns = (): number =>
    other.runLists.list({ limit: 100 }).runs.filter(({ tags }) => tags.includes('auto-scheduled')).length;
  const add = async (name: string): Promise<string> => (await administration.createFlowRun(newRun({ name }))).id;

  it('creates, changes and deletes pools', async () => {
    const made = await administration.createWorkPool({
      name: 'other',
      type: 'test',
      baseJobTemplate: {},
      concurrencyLimit: 3,
      isPaused: true,
    });
    expect(made).to.deep.equal(other.pools.read('other'));
    expect(await administration.listWorkPools()).to.deep.equal(other.pools.list());
    expect(await administration.readWorkPool('other')).to.include({ concurrencyLimit: 3, isPaused: true });
    expect(await administration.updateWorkPool('other', { isPaused: false })).to.include({ isPaused: false });
    expect(other.pools.read('other')).to.include({ concurrencyLimit: 3, isPaused: false });
    expect(await administration.readWorkPoolContents('other')).to.deep.equal(other.pools.contents('other'));

    await administration.deleteWorkPool('other');

    expect(other.pools.find('other')).to.equal(null);
    expect(await codeOf(administration.readWorkPool('other'))).to.equal('NOT_FOUND');
    expect(administration.databasePath).to.equal(other.database.path);
  });

  it('creates, changes and deletes queues', async () => {
    expect(await administration.createWorkQueue('mine', { name: 'urgent', priority: 1 })).to.include({ priority: 1 });
    expect(await administration.updateWorkQueue('mine', 'urgent', { concurrencyLimit: 2 })).to.deep.equal({
      name: 'urgent',
      priority: 1,
      concurrencyLimit: 2,
      isPaused: false,
    });
    expect(await administration.listWorkQueues('mine')).to.deep.equal(other.pools.listQueues('mine'));

    await administration.deleteWorkQueue('mine', 'urgent');

    expect(other.pools.listQueues('mine').map(({ name }) => name)).to.deep.equal(['default']);
  });

  it('creates deployments, whose runs are planned immediately, pauses and deletes them', async () => {
    const made = await administration.createDeployment({ ...JOB, schedules: [HOURLY] });
    expect(made).to.deep.equal(other.deployments.read('job'));
    expect(plannedRuns()).to.equal(3);
    expect(await administration.listDeployments()).to.deep.equal([made]);
    expect(await administration.readDeployment('job')).to.deep.equal(made);
    expect(await administration.updateDeployment('job', { isPaused: true })).to.include({ isPaused: true });
    expect(plannedRuns()).to.equal(0);

    await administration.deleteDeployment('job');

    expect(other.deployments.list()).to.deep.equal([]);
  });

  it('adds schedules, whose runs are planned immediately, pauses, resumes and deletes them', async () => {
    await administration.createDeployment(JOB);
    await administration.addSchedule('job', HOURLY);
    expect(plannedRuns()).to.equal(3);
    await administration.pauseSchedule('job', 'hourly', bench.nowMs + 3_600_000);
    const [paused] = await administration.listSchedules('job', 1);
    expect(paused).to.deep.include({
      deploymentName: 'job',
      number: 1,
      isPaused: true,
      pausedUntil: new Date(bench.nowMs + 3_600_000).toISOString(),
      nextTimes: ['2026-01-02T05:00:00.000Z'],
    });
    expect(plannedRuns()).to.equal(0);
    await administration.pauseSchedule('job', null, null);
    expect(await administration.listSchedules(null, 1)).to.deep.equal([
      { ...paused, pausedUntil: null, nextTimes: [] },
    ]);
    await administration.resumeSchedule('job', null);
    expect(plannedRuns()).to.equal(3);

    await administration.deleteSchedule('job', 'hourly');

    expect([plannedRuns(), await administration.listSchedules('job', 1)]).to.deep.equal([0, []]);
  });

  it('creates, lists and reads runs, with their log', async () => {
    const id = await add('a');
    await add('b');
    other.database.run(
      `INSERT INTO logs (flow_run_id, name, level, message, timestamp_ms) VALUES (?, 'x', 20, 'line', 1)`,
      id,
    );

    const page = await administration.listRuns({ limit: 1 });
    expect(page.runs.map(({ name }) => name)).to.deep.equal(['b']);
    expect(page.more).to.equal(1);
    expect(await administration.readRunSummary(id)).to.deep.equal(other.runLists.read(id));
    expect(await administration.readRun('a')).to.deep.equal(other.runs.view(id));
    expect((await administration.readLogs(id, { limit: 10 })).map(({ message }) => message)).to.deep.equal(['line']);
    expect((await administration.readPoolOverview('mine')).dueRuns).to.equal(2);
  });

  it('changes its data version when another process has written', async () => {
    const before = await administration.dataVersion();
    expect(await administration.dataVersion()).to.equal(before);

    other.variables.set('a', 1);

    expect(await administration.dataVersion()).to.not.equal(before);
  });

  it('lists the workers of one pool or of all', async () => {
    other.pools.create({ name: 'other', type: 'test', baseJobTemplate: {} });
    for (const [at, name] of ['mine', 'other'].entries())
      bench.worker(elsewhere(at)).workers.beat(other.pools.read(name).id, `w-${name}`, 10);
    const names = async (pool?: string | null) => (await administration.listWorkers(pool)).map(({ name }) => name);

    expect(await names()).to.deep.equal(['w-mine', 'w-other']);
    expect(await names(null)).to.deep.equal(['w-mine', 'w-other']);
    expect(await names('other')).to.deep.equal(['w-other']);
    expect(await codeOf(administration.listWorkers('gone'))).to.equal('NOT_FOUND');
  });

  it('cancels a run, or reports that it does not exist', async () => {
    const [waiting, claimed] = [await add('waiting'), await add('claimed')];
    bench.worker().claim(claimed);

    expect(await administration.cancelFlowRun(waiting)).to.include({ type: 'CANCELLED' });
    expect(await administration.cancelFlowRun(claimed)).to.include({
      type: 'CANCELLING',
      message: 'Cancelled from the command line',
    });
    expect(await codeOf(administration.cancelFlowRun('nothing'))).to.equal('NOT_FOUND');
  });

  it('counts, cancels, retries and deletes exactly the runs that a filter selects', async () => {
    const [claimed] = [await add('claimed'), await add('a'), await add('b')];
    bench.worker().claim(claimed);
    const waiting = { stateTypes: ['SCHEDULED'] } as const;
    const cancelled = { stateTypes: ['CANCELLED'] } as const;
    expect(await administration.countRuns({ stateTypes: ['SCHEDULED', 'PENDING'] })).to.deep.equal({
      PENDING: 1,
      SCHEDULED: 2,
    });

    expect(await administration.cancelRuns(waiting)).to.equal(2);
    expect(await administration.countRuns(cancelled)).to.deep.equal({ CANCELLED: 2 });
    expect(await administration.retryRuns(cancelled, NOTHING_CHANGED)).to.equal(2);
    expect(await administration.retryRuns({ stateTypes: ['PENDING'] }, NOTHING_CHANGED)).to.equal(0);
    expect(await administration.deleteRuns({ stateTypes: ['PENDING', 'SCHEDULED'] })).to.equal(2);
    expect(await administration.countRuns({ stateTypes: ['SCHEDULED', 'PENDING'] })).to.deep.equal({ PENDING: 1 });
  });

  it('changes more runs than fit into one transaction', async () => {
    other.database.write(() => {
      for (let at = 0; at < 401; at += 1) other.runs.create(newRun());
    });
    const filter = { stateTypes: ['SCHEDULED'] } as const;

    expect(await administration.cancelRuns(filter)).to.equal(401);
    expect(await administration.countRuns(filter)).to.deep.equal({});
  });

  it('stores and applies the retention of a pool', async () => {
    other.pools.create({ name: 'other', type: 'test', baseJobTemplate: {} });
    const rule = { maxAgeSeconds: 60, maxRuns: 0 };
    expect((await administration.setRetention('mine', ['CANCELLED'], rule)).CANCELLED).to.deep.equal(rule);
    expect(await administration.readRetention('mine')).to.deep.equal(other.retention.read('mine'));
    other.database.write(() => {
      for (let at = 0; at < 201; at += 1) other.runs.propose(other.runs.create(newRun()).id, { type: 'CANCELLED' });
    });

    expect([await administration.countPrunable('other'), await administration.countPrunable(null)]).to.deep.equal([
      0, 201,
    ]);
    expect(await administration.prune('other')).to.equal(0);
    expect(await administration.prune('mine')).to.equal(201);
    expect(await administration.countPrunable(null)).to.equal(0);
  });

  it('stores variables, secrets and limits', async () => {
    await administration.setVariable('region', 'eu');
    await administration.setSecret('token', 'hush');
    await administration.setLimit('db', { most: 2, onLimit: 'skip', rate: null });
    expect(await administration.listVariables()).to.deep.equal([{ name: 'region', value: 'eu', tags: [] }]);
    expect(await administration.readVariable('region')).to.equal('eu');
    expect(await administration.listSecrets()).to.deep.equal([
      { name: 'token', updated: new Date(bench.nowMs).toISOString() },
    ]);
    expect(await administration.readSecret('token')).to.equal('hush');
    expect(await administration.listLimits()).to.deep.equal(other.limits.list());
    expect(await administration.rotateSecretKey(null)).to.equal(1);
    expect(other.secrets.read('token')).to.equal('hush');

    await administration.deleteVariable('region');
    await administration.deleteSecret('token');
    await administration.deleteLimit('db');

    expect([other.variables.list(), other.secrets.list(), other.limits.list()]).to.deep.equal([[], [], []]);
  });

  it('compares and applies declarations, whose runs are planned immediately', async () => {
    const declaration = {
      deployments: { job: { pool: 'mine', schedules: [{ cron: '0 * * * *' }] } },
      variables: { a: 1 },
    };
    const changes = await administration.compareDeclaration(declaration, false);
    expect(changes.map(({ kind }) => kind)).to.deep.equal(['deployments', 'variables']);
    expect(await administration.applyDeclaration(declaration, false)).to.deep.equal(changes);

    expect(plannedRuns()).to.equal(3);
    expect(await administration.readDeclaration()).to.deep.equal(other.declarations.read());
    expect(await administration.compareDeclaration(declaration, false)).to.deep.equal([]);
  });

  it('backs up, checks and vacuums the file', async () => {
    await administration.setSecret('token', 'hush');
    const copy = join(bench.home, 'copy');
    expect(await administration.backUp(copy, true)).to.deep.include({ pools: 1, secrets: 1, problems: [] });
    expect(existsSync(join(copy, 'secret.key'))).to.equal(true);
    await administration.setVariable('large', 'x'.repeat(100_000));
    await administration.deleteVariable('large');
    expect((await administration.checkDatabase()).freeBytes).to.be.greaterThan(50_000);

    await administration.vacuum();

    expect(await administration.checkDatabase()).to.deep.include({ freeBytes: 0, secrets: 1, problems: [] });
  });

  it('uses the key of its options, otherwise of the environment', async () => {
    const key = 'a passphrase that is long enough';
    const before = process.env.WORKER_HOST_SECRET_KEY;
    const open = async (secretKey?: string) => {
      const opened = await openAdministration({ home: bench.home, ...(secretKey === undefined ? {} : { secretKey }) });
      bench.onDispose(() => opened.close());
      return opened;
    };
    await (await open(key)).setSecret('token', 'hush');
    try {
      process.env.WORKER_HOST_SECRET_KEY = key;
      const opened = await open();
      expect(await opened.readSecret('token')).to.equal('hush');
      expect((await opened.checkDatabase()).problems).to.deep.equal([]);
      expect(await codeOf((await open('another passphrase, as long')).readSecret('token'))).to.equal(
        'SECRET_UNREADABLE',
      );
    } finally {
      if (before === undefined) delete process.env.WORKER_HOST_SECRET_KEY;
      else process.env.WORKER_HOST_SECRET_KEY = before;
    }
    expect(await codeOf((await open()).readSecret('token'))).to.equal('DATA_KEY_MISSING');
  });

  it('waits for another process that holds the lock', async () => {
    const holder = new Libsql(other.database.path);
    holder.exec('BEGIN IMMEDIATE');
    const setting = administration.setVariable('a', 1);
    await bench.clock.advance(1000);
    expect(other.variables.find('a')).to.equal(null);
    holder.exec('ROLLBACK');
    holder.close();
    await bench.clock.advance(1000);

    await setting;

    expect(other.variables.read('a')).to.equal(1);
  });

  it('does not use the file after it is closed', async () => {
    await administration.close();

    expect(await codeOf(administration.listWorkPools())).to.not.equal('resolved');
    await administration.close();
  });
});
