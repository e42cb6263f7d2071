import { expect } from 'chai';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import { MissedRuns } from '../../../../src/orchestrators/embedded/schedules/missed-runs.js';
import type { ScheduleRules } from '../../../../src/orchestrators/embedded/schedules/schedule-types.js';
import { newRun, PoolBench, rowOf } from '../support/pool-bench.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe('runs that were due while no worker served their pool', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  let missed: MissedRuns;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
    pool.pools.create({ name: 'other', type: 'test', baseJobTemplate: {} });
    missed = new MissedRuns(pool.database, pool.runs, pool.nowMs);
  });
  afterEach(() => bench.dispose());

  /** A deployment with runs planned for 04:00, 05:00 and 06:00; it is 03:04:05. */
  const deploy = (rules: ScheduleRules = {}, workPoolName = 'mine'): void => {
    pool.deployments.create({
      name: `job-${workPoolName}`,
      workPoolName,
      workQueueName: null,
      jobVariables: {},
      parameters: {},
      tags: [],
      schedules: [{ kind: 'cron', cron: '0 * * * *', timezone: null, ...rules }],
    });
    pool.planner.plan();
  };
  const serve = (poolName = 'mine'): void => pool.database.write(() => missed.serve(pool.pools.read(poolName).id));
  const servedMs = (): unknown => pool.database.get(`SELECT served_ms FROM work_pools WHERE name = 'mine'`)?.served_ms;
  const states = (workPoolName = 'mine'): string =>
    [...pool.runLists.list({ limit: 100, workPoolName }).runs]
      .sort((a, b) => (a.expectedStartTime ?? '').localeCompare(b.expectedStartTime ?? ''))
      .map(({ stateName }) => stateName)
      .join(' ');

  for (const [rules, expected] of [
    [{}, 'Missed Missed Scheduled'],
    [{ catchUp: 'latest' }, 'Missed Missed Scheduled'],
    [{ catchUp: 'latest', catchUpSeconds: 1800 }, 'Missed Missed Scheduled'],
    [{ catchUp: 'latest', catchUpSeconds: 1799.999 }, 'Missed Missed Missed'],
    [{ catchUp: 'all' }, 'Scheduled Scheduled Scheduled'],
    [{ catchUp: 'all', catchUpSeconds: 5400 }, 'Missed Scheduled Scheduled'],
    [{ catchUp: 'none' }, 'Missed Missed Missed'],
  ] as const)
    it(`are ${expected} with a schedule with ${JSON.stringify(rules)}`, async () => {
      deploy(rules);
      serve();
      await bench.clock.advance(Date.UTC(2026, 0, 2, 6, 30) - bench.nowMs);

      serve();

      expect(states()).to.equal(expected);
    });

  it('end with a message that explains why', async () => {
    deploy({ catchUp: 'none' });
    serve();
    await bench.clock.advance(HOUR_MS);
    serve();

    const [run] = pool.runLists.list({ limit: 1, states: ['CANCELLED'] }).runs;
    expect(run?.state?.message).to.equal(
      'Missed: no worker served the pool when the run was due, and the catch-up policy of its schedule excludes it',
    );
  });

  it('are those of this pool, created by schedules, and not started', async () => {
    deploy({ catchUp: 'none' });
    deploy({ catchUp: 'none' }, 'other');
    const byHand = pool.runs.create(newRun({ scheduledForMs: bench.nowMs + MINUTE_MS })).id;
    const [begun] = pool.runLists.list({ limit: 1, workPoolName: 'mine', deploymentName: 'job-mine' }).runs;
    serve();
    await bench.clock.advance(3 * HOUR_MS);
    bench.worker().claim(begun?.id ?? '');

    serve();

    expect(pool.runs.read(byHand).stateName).to.equal('Scheduled');
    expect(pool.runs.read(begun?.id ?? '').stateName).to.equal('Pending');
    expect(states('other')).to.equal('Scheduled Scheduled Scheduled');
    expect(states().match(/Missed/g)).to.have.length(2);
  });

  it('are none if the pool was served within five minutes, and otherwise those since then', async () => {
    deploy({ catchUp: 'none' });
    await bench.clock.advance(Date.UTC(2026, 0, 2, 4, 0) - bench.nowMs);
    serve();
    await bench.clock.advance(5 * MINUTE_MS - 1);
    serve();
    expect(states()).to.equal('Scheduled Scheduled Scheduled');
    await bench.clock.advance(Date.UTC(2026, 0, 2, 4, 55) - bench.nowMs);
    serve();
    await bench.clock.advance(5 * MINUTE_MS);
    serve();

    // The first was due before, in the very millisecond in which the pool was served.
    expect(states()).to.equal('Scheduled Missed Scheduled');
  });

  it('are none in a pool that is served for the first time', async () => {
    deploy({ catchUp: 'none' });
    await bench.clock.advance(3 * HOUR_MS);
    serve();

    expect(states()).to.equal('Scheduled Scheduled Scheduled');
    expect(servedMs()).to.equal(bench.nowMs);
  });

  it('are searched for once a minute, and again if the clock was set back', async () => {
    const beganMs = bench.nowMs;
    serve();
    await bench.clock.advance(MINUTE_MS - 1);
    serve();
    expect(servedMs()).to.equal(beganMs);
    await bench.clock.advance(1);
    serve();
    expect(servedMs()).to.equal(beganMs + MINUTE_MS);
    bench.clock.set(-MINUTE_MS);

    serve();

    expect(servedMs()).to.equal(beganMs);
  });

  it('are late, not missed, if their schedule cannot be read', async () => {
    deploy({ catchUp: 'latest' });
    pool.database.run(`UPDATE deployment_schedules SET schedule = json_set(schedule, '$.timezone', 'Mars/Base')`);
    serve();
    await bench.clock.advance(4 * HOUR_MS);
    serve();

    expect(states()).to.equal('Scheduled Scheduled Scheduled');
    const [run] = pool.runLists.list({ limit: 1 }).runs;
    expect(rowOf(pool, run?.id ?? '').state_type).to.equal('SCHEDULED');
  });
});
