import { expect } from 'chai';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import type { DeploymentSchedules } from '../../../../src/orchestrators/embedded/schedules/deployment-schedules.js';
import type { Schedule, ScheduleRules } from '../../../../src/orchestrators/embedded/schedules/schedule-types.js';
import { openOrchestrator } from '../support/open-orchestrator.js';
import { PoolBench, thrownBy } from '../support/pool-bench.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

describe('schedules of a deployment', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
  });
  afterEach(() => bench.dispose());

  const hourly = (rules: ScheduleRules = {}): Schedule => ({
    kind: 'cron',
    cron: '0 * * * *',
    timezone: null,
    ...rules,
  });
  const deploy = (...schedules: readonly Schedule[]): void =>
    void pool.deployments.create({
      name: 'job',
      workPoolName: 'mine',
      workQueueName: null,
      jobVariables: {},
      parameters: { a: 1 },
      tags: [],
      schedules,
    });
  const change = (act: (schedules: DeploymentSchedules, deploymentId: string) => void): void =>
    pool.deployments.changeSchedules('job', act);
  const planned = (): readonly string[] => {
    pool.planner.plan();
    return pool.runLists
      .list({ limit: 1000, states: ['SCHEDULED'] })
      .runs.map((run) => (run.expectedStartTime ?? '').slice(8, 16))
      .sort();
  };
  const stateNames = (): readonly string[] =>
    [...pool.runLists.list({ limit: 1000 }).runs]
      .sort((a, b) => (a.expectedStartTime ?? '').localeCompare(b.expectedStartTime ?? ''))
      .map(({ stateName }) => stateName ?? '');

  it('are added to others; a named one creates its own runs, with parameters', () => {
    deploy(hourly());
    change((schedules, id) => schedules.add(id, hourly({ name: 'full', parameters: { full: true } })));

    expect(planned()).to.deep.equal(['02T04:00', '02T04:00', '02T05:00', '02T05:00', '02T06:00', '02T06:00']);
    const parameters = pool.runLists.list({ limit: 10 }).runs.map((run) => JSON.stringify(run.parameters));
    expect(new Set(parameters)).to.deep.equal(new Set(['{"a":1}', '{"a":1,"full":true}']));
    expect(thrownBy(() => change((schedules, id) => schedules.add(id, hourly({ name: 'full' }))))).to.include({
      code: 'ALREADY_EXISTS',
    });
  });

  it('are paused individually until a time, without affecting each other', async () => {
    deploy(hourly(), { kind: 'interval', intervalSeconds: 1800, anchor: null });
    expect(planned()).to.deep.equal(['02T03:30', '02T04:00', '02T04:30', '02T05:00', '02T06:00']);
    change((schedules, id) => schedules.pause(id, '2', Date.parse('2026-01-02T09:10:00Z')));
    expect(planned()).to.deep.equal(['02T04:00', '02T05:00', '02T06:00']);
    const [, second] = pool.deployments.scheduleViews('job', 2);
    expect(second).to.deep.include({
      isPaused: true,
      pausedUntil: '2026-01-02T09:10:00.000Z',
      nextTimes: ['2026-01-02T09:30:00.000Z', '2026-01-02T10:00:00.000Z'],
    });

    change((schedules, id) => schedules.pause(id, '1', null));
    expect(planned()).to.deep.equal([]);
    expect(pool.deployments.scheduleViews('job', 2)[0]).to.deep.include({
      isPaused: true,
      pausedUntil: null,
      nextTimes: [],
    });
    await bench.clock.advance(6 * HOUR_MS);
    expect(planned()).to.deep.equal(['02T09:30', '02T10:00', '02T10:30']);
    change((schedules, id) => schedules.resume(id, '1'));
    expect(planned()).to.deep.equal(['02T09:30', '02T10:00', '02T10:30', '02T11:00', '02T12:00']);
  });

  it('are deleted with their planned runs, without affecting those of others', () => {
    deploy(hourly({ overlap: 'skip', name: 'first' }), { kind: 'cron', cron: '30 * * * *', timezone: null });
    planned();
    change((schedules, id) => schedules.delete(id, 'first'));

    expect(planned()).to.deep.equal(['02T03:30', '02T04:30', '02T05:30']);
    expect(pool.database.all('SELECT key FROM run_limits')).to.deep.equal([]);
    const error = thrownBy(() => change((schedules, id) => schedules.delete(id, '2')));
    expect(error).to.include({ code: 'NOT_FOUND' });
  });

  it('skip a due run while the previous one is active', async () => {
    deploy(hourly({ overlap: 'skip' }));
    planned();
    const worker = bench.worker();
    const due = () => {
      worker.pool.upkeep.apply();
      return worker.pool.due.list('mine', [], bench.nowMs, null);
    };
    await bench.clock.advance(HOUR_MS);
    worker.claim(due()[0]?.id ?? '');
    await bench.clock.advance(HOUR_MS);

    expect(due()).to.deep.equal([]);
    expect(stateNames().slice(0, 2)).to.deep.equal(['Pending', 'Skipped']);
  });

  it('count only their own runs for overlap, not those created manually', async () => {
    deploy(hourly({ overlap: 'queue' }));
    planned();
    const byHand = pool.runs.create({
      deploymentName: 'job',
      workPoolName: null,
      workQueueName: null,
      name: null,
      jobVariables: {},
      parameters: {},
      tags: [],
      idempotencyKey: null,
      scheduledForMs: null,
    });
    const worker = bench.worker();
    worker.claim(byHand.id);
    await bench.clock.advance(2 * HOUR_MS);
    const due = worker.pool.due.list('mine', [], bench.nowMs, null);

    expect(due).to.have.length(1);
    expect(worker.claim(due[0]?.id ?? '').refusal).to.equal(null);
    expect(worker.pool.due.list('mine', [], bench.nowMs, null)).to.deep.equal([]);
  });

  it('distribute their runs by jitter, the same in every process', () => {
    deploy(hourly({ jitterSeconds: 600 }));
    const views = pool.deployments.scheduleViews('job', 3)[0]?.nextTimes ?? [];
    pool.planner.plan();
    bench.open().planner.plan();
    const starts = pool.runLists.list({ limit: 10 }).runs.map((run) => run.nextScheduledStartTime ?? '');

    expect(starts).to.deep.equal(views);
    const late = starts.map((start) => Date.parse(start) % HOUR_MS);
    expect(late.every((ms) => ms >= 0 && ms < 10 * MINUTE_MS)).to.equal(true);
    expect(new Set(late).size).to.equal(3);
  });

  for (const [catchUp, window, expected] of [
    ['latest', undefined, ['02T08:00']],
    ['all', undefined, ['02T04:00', '02T05:00', '02T06:00', '02T07:00', '02T08:00']],
    ['all', 2.5 * 3600, ['02T07:00', '02T08:00']],
    ['latest', 600, []],
    ['none', undefined, []],
  ] as const)
    it(`make up for ${catchUp}, window ${window ?? 'of a day'}, of planned and unplanned times`, async () => {
      deploy(hourly({ catchUp, ...(window === undefined ? {} : { catchUpSeconds: window }) }));
      await (await openOrchestrator(bench)).orchestrator.close();
      expect(planned()).to.deep.equal(['02T04:00', '02T05:00', '02T06:00']);
      await bench.clock.advance(5 * HOUR_MS + 30 * MINUTE_MS);

      const { orchestrator } = await openOrchestrator(bench);
      await orchestrator.heartbeat();

      const now = new Date(bench.nowMs).toISOString().slice(8, 16);
      expect(planned().filter((time) => time <= now)).to.deep.equal(expected);
      expect(stateNames().filter((name) => name === 'Missed')).to.have.length(
        3 - expected.filter((time) => time <= '02T06:00').length,
      );
    });

  for (const often of [
    { kind: 'interval', intervalSeconds: 1, anchor: null },
    { kind: 'cron', cron: '* * * * *', timezone: 'Europe/Berlin' },
  ] as const)
    it(`make up for the last hundred times of a year of ${often.kind}s without counting all of them`, async () => {
      deploy({ ...often, catchUp: 'all', catchUpSeconds: 366 * 86_400 });
      pool.database.run('UPDATE deployment_schedules SET planned_until_ms = ?', bench.nowMs - 366 * 86_400_000);

      const { orchestrator } = await openOrchestrator(bench);
      await orchestrator.heartbeat();

      const now = new Date(bench.nowMs).toISOString();
      const starts = pool.runLists.list({ limit: 300 }).runs.map((run) => run.expectedStartTime ?? '');
      expect(starts.filter((start) => start <= now)).to.have.length(100);
    });

  it('miss nothing that waits in the queue while workers are running, nor during a short restart', async () => {
    deploy(hourly({ catchUp: 'none' }));
    const { orchestrator } = await openOrchestrator(bench);
    planned();
    for (let minutes = 0; minutes < 120; minutes += 1) {
      await bench.clock.advance(MINUTE_MS);
      if (minutes % 4 === 0) await orchestrator.heartbeat();
    }
    expect(stateNames()).to.not.include('Missed');
  });

  it('report every invalid rule', () => {
    const { message } = thrownBy(() => deploy(hourly({ name: '7', jitterSeconds: -1, catchUpSeconds: 367 * 86_400 })));
    for (const part of ['must not be a number', 'jitter must be', 'catch-up window must be'])
      expect(message).to.contain(part);
  });

  it('in a zone that this Node does not know report it, without affecting the next times of others', () => {
    deploy(hourly(), hourly({ name: 'odd' }));
    pool.database.run(
      `UPDATE deployment_schedules SET schedule = '{"kind":"cron","cron":"0 * * * *","timezone":"Mars/Base","name":"odd"}'
       WHERE position = 1`,
    );
    const [first, odd] = pool.deployments.scheduleViews('job', 1);
    expect(first).to.deep.include({ nextTimes: ['2026-01-02T04:00:00.000Z'], problem: null });
    expect(odd?.nextTimes).to.deep.equal([]);
    expect(odd?.problem).to.contain('Mars/Base');
  });

  it('end with a pause of the deployment, and start again after it', async () => {
    deploy(hourly());
    pool.deployments.setPaused('job', true);
    expect(pool.deployments.scheduleViews('job', 1)[0]).to.deep.include({ isPaused: true, nextTimes: [] });
    await bench.clock.advance(DAY_MS);
    pool.deployments.setPaused('job', false);
    expect(planned()).to.deep.equal(['03T04:00', '03T05:00', '03T06:00']);
  });
});
