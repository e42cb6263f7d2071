import type { StateType } from '@worker-host/core';
import { expect } from 'chai';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import { MOST_COUNTED } from '../../../../src/orchestrators/embedded/listing/run-listing.js';
import type { RunQuery } from '../../../../src/orchestrators/embedded/listing/run-lists.js';
import { newRun, PoolBench } from '../support/pool-bench.js';

const HOUR_MS = 3_600_000;
const STATES: readonly StateType[] = ['SCHEDULED', 'PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED'];

describe('the listing of runs', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
    pool.pools.create({ name: 'other', type: 'test', baseJobTemplate: {} });
    pool.pools.createQueue('mine', { name: 'slow' });
    pool.deployments.create({
      name: 'nightly',
      workPoolName: 'mine',
      workQueueName: null,
      jobVariables: {},
      parameters: {},
      tags: ['night'],
      schedules: [],
    });
  });
  afterEach(() => bench.dispose());

  /** Runs of all states, due and changed at times around now, several at the same one. */
  const fill = async (): Promise<void> => {
    for (let at = 0; at < 120; at += 1) {
      const scheduledForMs = bench.nowMs + ((at * 7) % 12) * HOUR_MS - 6 * HOUR_MS;
      const belonging = [{ deploymentName: 'nightly' }, { workPoolName: 'other' }, { workQueueName: 'slow' }][at % 3];
      const { id } = pool.runs.create(newRun({ name: `${at}`, scheduledForMs, ...belonging }));
      const type = STATES[(at * 5) % 11];
      if (type !== undefined && type !== 'SCHEDULED') pool.runs.propose(id, { type, force: true });
      if (at % 4 === 0) await bench.clock.advance(60_000);
    }
  };
  const namesOf = (query: Partial<RunQuery>): readonly string[] =>
    pool.runLists.list({ limit: 1000, ...query }).runs.map(({ name }) => name);

  it('equals a sort over all runs, for any filter, page by page', async () => {
    await fill();
    const isAhead = `(state_type = 'SCHEDULED' AND scheduled_ms > ${bench.nowMs})`;
    const sorted = (condition: string): readonly unknown[] =>
      pool.database
        .all(
          `SELECT r.name FROM flow_runs r
           JOIN (SELECT id AS changed_id, timestamp_ms FROM flow_run_states) s ON changed_id = r.state_id WHERE ${condition}
           ORDER BY ${isAhead}, CASE WHEN ${isAhead} THEN scheduled_ms END,
             iif(state_type = 'SCHEDULED', -scheduled_ms, -s.timestamp_ms), iif(${isAhead}, r.rowid, -r.rowid)`,
        )
        .map(({ name }) => name);
    const mine = `pool_id = '${pool.pools.read('mine').id}'`;
    const nightly = `deployment_id = '${pool.deployments.read('nightly').id}'`;
    const late = `(state_type = 'SCHEDULED' AND scheduled_ms < ${bench.nowMs - 15_000})`;
    const queries: readonly (readonly [Partial<RunQuery>, string])[] = [
      [{}, 'true'],
      [{ workPoolName: 'mine' }, mine],
      [{ deploymentName: 'nightly' }, nightly],
      [{ tag: 'night' }, nightly],
      [{ queueName: 'slow' }, `queue_id IN (SELECT id FROM work_queues WHERE name = 'slow')`],
      [{ states: ['SCHEDULED', 'FAILED'] }, `state_type IN ('SCHEDULED', 'FAILED')`],
      [{ states: ['LATE', 'FAILED'] }, `(state_type = 'FAILED' OR ${late})`],
      [{ states: ['LATE', 'SCHEDULED'] }, `state_type = 'SCHEDULED'`],
      [{ workPoolName: 'mine', states: ['RUNNING'] }, `${mine} AND state_type = 'RUNNING'`],
      [{ text: '11' }, `(r.name LIKE '%11%' OR r.id LIKE '%11%')`],
      [
        { sinceMs: bench.nowMs - HOUR_MS, untilMs: bench.nowMs },
        `listed_ms BETWEEN ${bench.nowMs - HOUR_MS} AND ${bench.nowMs - 1}`,
      ],
      [{ states: ['PAUSED'] }, 'false'],
      [{ workerName: 'nobody' }, 'false'],
    ];
    for (const [query, condition] of queries) {
      const expected = sorted(condition);
      for (const limit of [7, 1000]) {
        const seen: string[] = [];
        let after: string | null = null;
        do {
          const { runs, more } = pool.runLists.list({ ...query, limit, after });
          seen.push(...runs.map(({ name }) => name));
          expect(more, JSON.stringify(query)).to.equal(expected.length - seen.length);
          after = more > 0 ? (runs.at(-1)?.id ?? null) : null;
        } while (after !== null);
        expect(seen, JSON.stringify({ query, limit })).to.deep.equal(expected);
      }
    }
  });

  it('sorts by name, by the time of creation, and by duration', async () => {
    const ids = ['b', 'c', 'a'].map((name) => pool.runs.create(newRun({ name })).id);
    const worker = bench.worker();
    for (const id of [ids[1], ids[0]]) {
      worker.claim(id ?? '');
      await bench.clock.advance(5000);
    }

    expect(namesOf({ sort: 'name' })).to.deep.equal(['a', 'b', 'c']);
    expect(namesOf({ sort: 'created' })).to.deep.equal(['a', 'c', 'b']);
    expect(namesOf({ sort: 'duration' })).to.deep.equal(['c', 'b', 'a']);
    expect(namesOf({ sort: 'name', after: ids[0], states: ['PENDING'] })).to.deep.equal(['c']);
  });

  it('reads from an index, in its order', async () => {
    await fill();
    const plans: string[] = [];
    const { database } = pool;
    const all = database.all.bind(database);
    database.all = (sql, ...parameters) => {
      if (/^SELECT id, \w+ AS key/.test(sql)) {
        const steps = all(`EXPLAIN QUERY PLAN ${sql}`, ...parameters);
        plans.push(steps.map(({ detail }) => String(detail)).join('; '));
      }
      return all(sql, ...parameters);
    };

    for (const query of [{}, { workPoolName: 'mine' }, { deploymentName: 'nightly' }, { states: ['FAILED'] as const }])
      pool.runLists.list({ ...query, limit: 1000 });

    const used = plans.map((plan) => /^(?:SEARCH|SCAN) flow_runs USING INDEX flow_runs_(\w+)/.exec(plan)?.[1]);
    expect(used).to.deep.equal([
      ...['listed', 'of_state_listed'],
      ...['of_pool_listed', 'of_state_listed'],
      ...['of_deployment_listed', 'of_state_listed'],
      'of_state_listed',
    ]);
    for (const plan of plans) expect(plan).to.not.match(/B-TREE FOR ORDER BY/);
  });

  it('counts up to its documented limit', () => {
    expect(MOST_COUNTED).to.equal(10_000);
    pool.database.write(() => {
      for (let at = 0; at < 12; at += 1) pool.runs.create(newRun({ name: `${at}` }));
    });

    expect(pool.runLists.list({ limit: 5 }).more).to.equal(7);
    expect(pool.runLists.list({ limit: 5, states: ['LATE'] })).to.deep.equal({ runs: [], more: 0 });
  });
});
