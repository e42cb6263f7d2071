import type { StateType } from '@worker-host/core';
import { expect } from 'chai';
import type { EmbeddedPool } from '../../../src/orchestrators/embedded/embedded-pool.js';
import { newRun, PoolBench } from './support/pool-bench.js';

const HOUR_MS = 3_600_000;
const STATES: readonly StateType[] = ['SCHEDULED', 'PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED'];

describe('the listing of runs', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
    pool.pools.create({ name: 'other', type: 'test', baseJobTemplate: {} });
    pool.deployments.create({
      name: 'nightly',
      workPoolName: 'mine',
      workQueueName: null,
      jobVariables: {},
      parameters: {},
      tags: [],
      schedules: [],
    });
  });
  afterEach(() => bench.dispose());

  /** Runs of all states, due at times around now, several at the same one. */
  const fill = (): void => {
    for (let at = 0; at < 120; at += 1) {
      const scheduledForMs = bench.nowMs + ((at * 7) % 12) * HOUR_MS - 6 * HOUR_MS;
      const belonging = [{ deploymentName: 'nightly' }, { workPoolName: 'other' }, {}][at % 3] ?? {};
      const { id } = pool.runs.create(newRun({ name: `${at}`, scheduledForMs, ...belonging }));
      const type = STATES[(at * 5) % 11];
      if (type !== undefined && type !== 'SCHEDULED') pool.runs.propose(id, { type, force: true });
    }
  };

  it('is in the order of one sort over everything, whatever is asked for', () => {
    fill();
    const isAhead = `(state_type = 'SCHEDULED' AND scheduled_ms > ${bench.nowMs})`;
    const sorted = (condition: string, limit: number): readonly unknown[] =>
      pool.database
        .all(
          `SELECT name FROM flow_runs WHERE ${condition} ORDER BY ${isAhead}, CASE WHEN ${isAhead} THEN scheduled_ms END,
             min(expected_start_ms, ${bench.nowMs}) DESC, rowid DESC LIMIT ?`,
          limit,
        )
        .map(({ name }) => name);
    const mine = `pool_id = '${pool.pools.read('mine').id}'`;
    const nightly = `deployment_id = '${pool.deployments.read('nightly').id}'`;
    for (const limit of [1, 7, 60, 1000])
      for (const [query, condition] of [
        [{}, 'true'],
        [{ workPoolName: 'mine' }, mine],
        [{ deploymentName: 'nightly' }, nightly],
        [{ stateTypes: ['SCHEDULED', 'FAILED'] }, `state_type IN ('SCHEDULED', 'FAILED')`],
        [{ workPoolName: 'mine', stateTypes: ['RUNNING'] }, `${mine} AND state_type = 'RUNNING'`],
        [{ stateTypes: ['PAUSED'] }, 'false'],
      ] as const)
        expect(
          pool.runs.list({ ...query, limit }).map(({ name }) => name),
          JSON.stringify({ query, limit }),
        ).to.deep.equal(sorted(condition, limit));
  });

  it('reads what it lists from an index, not all runs', () => {
    fill();
    const plans: string[] = [];
    const { database } = pool;
    const all = database.all.bind(database);
    database.all = (sql, ...parameters) => {
      if (/^SELECT id\b.* FROM flow_runs/.test(sql)) {
        const steps = all(`EXPLAIN QUERY PLAN ${sql}`, ...parameters);
        plans.push(steps.map(({ detail }) => String(detail)).join('; '));
      }
      return all(sql, ...parameters);
    };

    for (const query of [
      {},
      { workPoolName: 'mine' },
      { deploymentName: 'nightly' },
      { stateTypes: ['FAILED'] as const },
    ])
      pool.runs.list({ ...query, limit: 1000 });

    expect(plans).to.have.length(11);
    for (const plan of plans) expect(plan).to.match(/^SEARCH flow_runs USING INDEX flow_runs_(\w*by_start|ahead)/);
    const inOrder = plans.filter((plan) => /start_ms<\?/.test(plan));
    expect(inOrder).to.have.length(4);
    for (const plan of inOrder) expect(plan).to.not.match(/B-TREE FOR ORDER BY/);
  });
});
