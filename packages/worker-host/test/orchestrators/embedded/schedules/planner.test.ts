import { expect } from 'chai';
import Libsql from 'libsql';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import type { Schedule } from '../../../../src/orchestrators/embedded/schedules/schedule-types.js';
import { PoolBench, thrownBy } from '../support/pool-bench.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

describe('runs of schedules', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
  });
  afterEach(() => bench.dispose());

  const deploy = (...schedules: readonly Schedule[]): void => {
    pool.deployments.create({
      name: 'nightly',
      workPoolName: 'mine',
      workQueueName: null,
      jobVariables: {},
      parameters: {},
      tags: [],
      schedules,
    });
  };
  const cron = (text: string, timezone: string | null = null): Schedule => ({ kind: 'cron', cron: text, timezone });
  const planned = (): readonly string[] =>
    pool.runLists
      .list({ limit: 1000 })
      .runs.map((run) => (run.expectedStartTime ?? '').slice(0, 16))
      .sort();

  it('are planned an hour ahead, at least three', () => {
    deploy(cron('*/20 * * * *'));
    pool.planner.plan();
    expect(planned()).to.deep.equal(['2026-01-02T03:20', '2026-01-02T03:40', '2026-01-02T04:00']);

    deploy(cron('0 6 * * *', 'Europe/Berlin'));
    pool.planner.plan();
    expect(planned()).to.deep.equal(['2026-01-02T05:00', '2026-01-03T05:00', '2026-01-04T05:00']);
  });

  it('are planned at most a year and a day ahead', () => {
    deploy(cron('0 0 31 12 *'));
    pool.planner.plan();
    expect(planned()).to.deep.equal(['2026-12-31T00:00']);
  });

  it('are at most a hundred, and more as they are claimed', async () => {
    deploy({ kind: 'interval', intervalSeconds: 1, anchor: null });
    pool.planner.plan();
    pool.planner.plan();
    expect(planned()).to.have.length(100);
    await bench.clock.advance(10_000);
    for (const run of pool.runLists.list({ limit: 100 }).runs.slice(-10))
      pool.runs.propose(run.id, { type: 'CANCELLED' });
    pool.planner.plan();
    expect(planned()).to.have.length(110);
    expect(new Set(pool.runLists.list({ limit: 1000 }).runs.map((run) => run.expectedStartTime)).size).to.equal(110);
  });

  it('are not duplicated by two processes that plan, nor by two schedules with the same time', () => {
    deploy(cron('*/30 * * * *'), { kind: 'interval', intervalSeconds: 3600, anchor: null });
    const other = bench.open();
    pool.planner.plan();
    other.planner.plan();
    pool.planner.plan();
    expect(planned()).to.deep.equal([...new Set(planned())]);
    expect(planned().slice(0, 2)).to.deep.equal(['2026-01-02T03:30', '2026-01-02T04:00']);
  });

  it('are due exactly once for each time while time passes, through both changes of clocks', async () => {
    for (const [from, days] of [
      ['2026-03-27T23:05:00Z', 3],
      ['2026-10-23T23:05:00Z', 3],
    ] as const) {
      await bench.dispose();
      bench = new PoolBench();
      pool = bench.openWithPool();
      await bench.clock.advance(Date.parse(from) - bench.nowMs);
      deploy(cron('30 2 * * *', 'Europe/Berlin'), cron('0 */12 * * *', 'Europe/Berlin'));
      const started: string[] = [];
      for (let passed = 0; passed < days * 24 * 4; passed += 1) {
        pool.planner.plan();
        for (const run of bench.worker().pool.due.list('mine', [], bench.nowMs, null)) {
          pool.runs.propose(run.id, { type: 'CANCELLED' });
          started.push(new Date(Date.parse(run.expectedStartTime ?? '')).toISOString().slice(5, 16));
        }
        await bench.clock.advance(15 * MINUTE_MS);
      }
      expect(started).to.deep.equal(
        from.startsWith('2026-03')
          ? [
              '03-28T01:30',
              '03-28T11:00',
              '03-28T23:00',
              '03-29T01:30',
              '03-29T10:00',
              '03-29T22:00',
              '03-30T00:30',
              '03-30T10:00',
              '03-30T22:00',
            ]
          : [
              '10-24T00:30',
              '10-24T10:00',
              '10-24T22:00',
              '10-25T00:30',
              '10-25T11:00',
              '10-25T23:00',
              '10-26T01:30',
              '10-26T11:00',
            ],
      );
    }
  });

  it('are made up for once after a long stop: the latest of the last day', async () => {
    deploy(cron('0 6 * * *'));
    pool.planner.plan();
    for (const run of pool.runLists.list({ limit: 10 }).runs) pool.runs.propose(run.id, { type: 'CANCELLED' });
    await bench.clock.advance(30 * DAY_MS);
    pool.planner.plan();
    const waiting = pool.runLists
      .list({ limit: 100, states: ['SCHEDULED'] })
      .runs.map((run) => run.expectedStartTime?.slice(0, 13))
      .sort();
    expect(waiting).to.deep.equal(['2026-01-31T06', '2026-02-01T06', '2026-02-02T06', '2026-02-03T06']);
  });

  it('are not planned while their deployment is paused, nor made up for', async () => {
    deploy(cron('*/30 * * * *'));
    pool.planner.plan();
    pool.deployments.setPaused('nightly', true);
    pool.planner.plan();
    expect(planned()).to.deep.equal([]);
    await bench.clock.advance(5 * HOUR_MS);
    pool.deployments.setPaused('nightly', false);
    pool.planner.plan();
    expect(planned()).to.deep.equal(['2026-01-02T08:30', '2026-01-02T09:00', '2026-01-02T09:30']);
  });

  it('that wait are deleted if the schedules change or the deployment is deleted', () => {
    deploy(cron('0 6 * * *'));
    pool.planner.plan();
    deploy(cron('0 7 * * *'));
    pool.planner.plan();
    expect(planned().map((time) => time.slice(11))).to.deep.equal(['07:00', '07:00', '07:00']);
    pool.deployments.delete('nightly');
    expect(planned()).to.deep.equal([]);
  });

  it('of an unreadable deployment do not prevent planning others, and are reported once', () => {
    deploy(cron('0 6 * * *'));
    pool.deployments.create({
      name: 'broken',
      workPoolName: 'mine',
      workQueueName: null,
      jobVariables: {},
      parameters: {},
      tags: [],
      schedules: [cron('0 7 * * *'), cron('0 8 * * *')],
    });
    pool.database.run(`UPDATE deployments SET parameters = 'no JSON' WHERE name = 'broken'`);

    const problems = [pool.planner.plan(), pool.planner.plan()];

    expect(problems.map((round) => round.map(({ deploymentName }) => deploymentName))).to.deep.equal([
      ['broken', 'broken'],
      [],
    ]);
    expect(planned().map((time) => time.slice(11))).to.deep.equal(['06:00', '06:00', '06:00']);
    pool.database.run(`UPDATE deployments SET parameters = '{}' WHERE name = 'broken'`);
    pool.planner.plan();
    expect(planned()).to.have.length(9);
  });

  it('are not planned if their deployment was paused while they were computed', () => {
    deploy(cron('0 6 * * *'));
    const { database } = pool;
    const write = database.write.bind(database);
    database.write = (act, options) => {
      database.write = write;
      bench.open().deployments.setPaused('nightly', true);
      return write(act, options);
    };

    pool.planner.plan();

    expect(planned()).to.deep.equal([]);
  });

  it('wait while the file is locked, which is not a problem of a schedule', () => {
    deploy(cron('0 6 * * *'));
    const holder = new Libsql(pool.database.path);
    holder.exec('BEGIN IMMEDIATE');
    expect(thrownBy(() => pool.planner.plan())).to.include({ code: 'DATABASE_LOCKED' });
    holder.exec('ROLLBACK');
    holder.close();
    expect(pool.planner.plan()).to.deep.equal([]);
    expect(planned()).to.have.length(3);
  });
});
