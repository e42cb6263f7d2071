import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { QUEUE } from './queue.js';

const INTERNALS = new URL('../../../../../packages/worker-host/dist/src/orchestrators/embedded/', import.meta.url);
const load = async <T>(file: string): Promise<T> => (await import(fileURLToPath(new URL(file, INTERNALS)))) as T;
const { EmbeddedPool } = await load<{ EmbeddedPool: { open(options: { readonly home: string }): Pool } }>(
  'embedded-pool.js',
);
const { timeOrderedId } = await load<{ timeOrderedId: (nowMs: number) => string }>('database/time-ordered-id.js');
const { randomRunName } = await load<{ randomRunName: () => string }>('runs/run-name.js');

/** What is used of the embedded pool. */
interface Pool {
  readonly database: {
    run(sql: string, ...parameters: readonly (string | number)[]): number;
    all(sql: string): unknown;
    write<T>(act: () => T, options: { readonly isSynced: boolean }): T;
  };
  readonly pools: {
    create(pool: object): { readonly id: string };
    queueId(poolName: string, queueName: null): string;
  };
  close(): void;
}

const DAY_MS = 86_400_000;
const DAYS = 29;
const BATCH = 20_000;
const CACHE_KIB = 1_000_000;
const CHECKPOINT_PAGES = 200_000;
const TEMPLATE = { job_configuration: {}, variables: { type: 'object', properties: {} } };

/** States of a run that has completed, with the milliseconds since it was made. */
const ENDED = [
  ['SCHEDULED', 'Scheduled', 0],
  ['PENDING', 'Pending', 500],
  ['RUNNING', 'Running', 3000],
  ['COMPLETED', 'Completed', 60_000],
] as const;
const WAITING = ENDED.slice(0, 1);

/** Makes a pool with runs that completed within the last month, four states each, and runs that are due. */
export function fillPool(home: string, finished: number, queued: number): void {
  const pool = EmbeddedPool.open({ home });
  const { database, pools } = pool;
  const { id: poolId } = pools.create({ name: QUEUE, type: 'none', baseJobTemplate: TEMPLATE });
  const queueId = pools.queueId(QUEUE, null);
  database.all(`PRAGMA cache_size = -${CACHE_KIB}`);
  database.all(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  const nowMs = Date.now();
  for (let begin = 0; begin < finished + queued; begin += BATCH) {
    const count = Math.min(BATCH, finished + queued - begin);
    const runs = Array.from({ length: count }, (_, at) =>
      begin + at < finished
        ? aRun(nowMs - Math.round((1 - (begin + at) / finished) * DAYS * DAY_MS) - DAY_MS / 24, ENDED)
        : aRun(nowMs - 60_000, WAITING),
    );
    database.write(
      () => {
        database.run(INSERT_RUNS, JSON.stringify(runs.map(({ run }) => run)), poolId, queueId);
        database.run(INSERT_STATES, JSON.stringify(runs.flatMap(({ states }) => states)));
      },
      { isSynced: false },
    );
  }
  database.all('PRAGMA wal_checkpoint(TRUNCATE)');
  pool.close();
}

/** Makes all runs that wait due in a year. */
export function postponeRuns(home: string): void {
  const pool = EmbeddedPool.open({ home });
  pool.database.run(
    `UPDATE flow_runs SET scheduled_ms = scheduled_ms + ? WHERE state_type = 'SCHEDULED'`,
    365 * DAY_MS,
  );
  pool.close();
}

type Value = string | number | null;

function aRun(madeMs: number, steps: typeof ENDED | typeof WAITING) {
  const id = randomUUID();
  const states = steps.map(([type, name, afterMs]): readonly Value[] => [
    ...[timeOrderedId(madeMs + afterMs), id, type, name, madeMs + afterMs],
    type === 'SCHEDULED' ? JSON.stringify({ scheduled_time: new Date(madeMs).toISOString() }) : '{}',
  ]);
  const [stateId = null, , type = null, name = null, stateMs = null] = states.at(-1) ?? [];
  const isEnded = steps === ENDED;
  const ofAttempt = isEnded ? [1, madeMs + 500, madeMs + 3000, stateMs, randomUUID(), '{"exitCode":0}'] : [0];
  const run: readonly Value[] = [id, randomRunName(), madeMs, stateId, type, name, stateMs, ...ofAttempt];
  return { run, states };
}

const INSERT_RUNS = `
  INSERT INTO flow_runs (id, name, expected_start_ms, scheduled_ms, created_ms, state_id, state_type, state_name, state_ms,
    attempt, run_count, attempt_started_ms, start_ms, end_ms, lease_token, result, flow_id, pool_id, queue_id,
    job_variables, parameters, tags)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 2, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
    value ->> 7, value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12, ?2, ?2, ?3, '{}', '{}', '[]'
  FROM json_each(?1)`;
const INSERT_STATES = `
  INSERT INTO flow_run_states (id, flow_run_id, type, name, timestamp_ms, details)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?)`;
