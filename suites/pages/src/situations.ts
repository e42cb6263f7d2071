import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const INTERNALS = new URL('../../../../packages/worker-host/dist/src/orchestrators/embedded/', import.meta.url);
const { EmbeddedPool } = (await import(fileURLToPath(new URL('embedded-pool.js', INTERNALS)))) as {
  EmbeddedPool: { open(options: { readonly home: string }): Pool };
};
const { Workers } = (await import(fileURLToPath(new URL('leases/workers.js', INTERNALS)))) as {
  Workers: new (
    database: Database,
    nowMs: () => number,
  ) => { beat(poolId: string, name: string, seconds: number, serving?: object): void };
};

type Value = string | number | null;

interface Database {
  run(sql: string, ...parameters: readonly Value[]): number;
  write<T>(act: () => T, options?: { readonly isSynced: boolean }): T;
}

/** What is used of the embedded pool. */
interface Pool {
  readonly database: Database;
  readonly pools: {
    create(pool: object): { readonly id: string };
    read(name: string): { readonly id: string };
    queueId(poolName: string, queueName: null): string;
    createQueue(poolName: string, queue: object): unknown;
  };
  readonly deployments: { create(deployment: object): { readonly id: string; readonly flowId: string } };
  close(): void;
}

/** The situations that the page is looked at in. */
export const SITUATIONS = ['empty', 'idle', 'busy', 'trouble', 'many'] as const;
export type Situation = (typeof SITUATIONS)[number];

/** A home with what a situation has in it. Times are around now. */
export interface PreparedHome {
  readonly home: string;
  /** A run whose page is measured. Null: there is none. */
  readonly runId: string | null;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** @param manyRuns how many runs the situation `many` has */
export function prepareHome(situation: Situation, manyRuns: number): PreparedHome {
  const home = mkdtempSync(join(tmpdir(), `pages-${situation}-`));
  const pool = EmbeddedPool.open({ home });
  try {
    return { home, runId: situation === 'empty' ? null : fill(pool, situation, manyRuns) };
  } finally {
    pool.close();
  }
}

interface NewRun {
  readonly name: string;
  readonly type: string;
  /** Milliseconds since the epoch: when it was due. */
  readonly dueMs: number;
  readonly seconds: number;
  readonly deployment: { readonly id: string; readonly flowId: string } | null;
  readonly diagnosis?: { readonly summary: string; readonly detail: string; readonly resolution: string };
  readonly lines?: readonly string[];
}

const OUT_OF_MEMORY = {
  summary: 'The container was stopped because it used more memory than it may.',
  detail: 'container job: exit code 137, OutOfMemoryError: Container killed due to memory usage',
  resolution: 'Raise `memory` of the job, or let it hold less at once.',
};
/** Where a plugin says that its jobs are seen. */
export const CONSOLE = 'https://eu-central-1.console.aws.amazon.com/ecs/v2/clusters/batch';
/** What somebody looks for in `trouble`: the reason of the last failure, and the line of the log that it left. */
export const FAILURE = { reason: OUT_OF_MEMORY.summary, line: 'MemoryError: cannot allocate 4 GiB' };
const NO_IMAGE = {
  summary: 'The image could not be pulled.',
  detail: 'CannotPullContainerError: manifest for registry.example/job:latest not found',
  resolution: 'Check the name of the image and its tag, and that the execution role may pull it.',
};

function fill(pool: Pool, situation: Situation, manyRuns: number): string {
  const nowMs = Date.now();
  const { id: poolId } = pool.pools.create({ name: 'batch', type: 'ecs', baseJobTemplate: {}, concurrencyLimit: 5 });
  pool.pools.createQueue('batch', { name: 'urgent', priority: 1 });
  const deployments = ['nightly-import', 'hourly-report', 'clean-up'].map((name) =>
    pool.deployments.create({
      name,
      workPoolName: 'batch',
      workQueueName: null,
      jobVariables: { command: `./${name}.sh` },
      parameters: {},
      tags: ['team-data'],
      schedules: [{ kind: 'cron', cron: '0 3 * * *', timezone: 'Europe/Berlin' }],
    }),
  );
  if (situation !== 'trouble')
    new Workers(pool.database, () => nowMs).beat(poolId, 'worker-a', 30, { workQueueNames: [], limit: 10 });
  const queueId = pool.pools.queueId('batch', null);
  const add = (run: NewRun): string => insert(pool.database, poolId, queueId, run);
  const count = situation === 'many' ? manyRuns : 40;
  let last = '';
  for (let begin = 0; begin < count; begin += 1000)
    pool.database.write(
      () => {
        for (let at = begin; at < Math.min(count, begin + 1000); at += 1) {
          const isBad = situation === 'trouble' ? at % 3 === 0 : at % 17 === 0;
          last = add({
            name: `swift-heron-${at}`,
            type: isBad ? (at % 2 === 0 ? 'FAILED' : 'CRASHED') : 'COMPLETED',
            dueMs: nowMs - DAY_MS + (at / count) * (DAY_MS - 10 * MINUTE_MS),
            seconds: 5 + (at % 50),
            deployment: deployments[at % 4] ?? null,
            ...(isBad ? { diagnosis: at % 2 === 0 ? OUT_OF_MEMORY : NO_IMAGE } : {}),
            lines:
              situation === 'many'
                ? Array.from({ length: 10 }, (_, line) => `line ${line} of the output`)
                : ['Reading 1,000 rows', 'Done'],
          });
        }
      },
      { isSynced: false },
    );
  if (situation === 'busy' || situation === 'many')
    for (let at = 0; at < 5; at += 1)
      last = add({
        name: `brisk-otter-${at}`,
        type: 'RUNNING',
        dueMs: nowMs - (at + 1) * MINUTE_MS,
        seconds: 0,
        deployment: deployments[0] ?? null,
        lines: Array.from({ length: 200 }, (_, line) => `row ${line} of 200 was imported`),
      });
  if (situation === 'busy' || situation === 'trouble')
    for (let at = 0; at < 12; at += 1)
      add({
        name: `patient-owl-${at}`,
        type: 'SCHEDULED',
        dueMs: nowMs - at * MINUTE_MS,
        seconds: 0,
        deployment: deployments[1] ?? null,
      });
  if (situation === 'trouble')
    last = add({
      name: 'unlucky-fox-<b>\u202eevil</b>',
      type: 'FAILED',
      dueMs: nowMs - 3 * MINUTE_MS,
      seconds: 42,
      deployment: deployments[0] ?? null,
      diagnosis: OUT_OF_MEMORY,
      lines: [
        `The task is at ${CONSOLE}.`,
        'Reading 1,000,000 rows',
        '\u001b[31mMemoryError\u001b[0m: cannot allocate 4 GiB',
      ],
    });
  return last;
}

function insert(database: Database, poolId: string, queueId: string, run: NewRun): string {
  const { name, type, dueMs, seconds, deployment, diagnosis, lines = [] } = run;
  const at = Math.round(dueMs);
  const id = randomUUID();
  const isClaimed = type !== 'SCHEDULED';
  const isEnded = isClaimed && type !== 'RUNNING';
  const endMs = at + 3000 + seconds * 1000;
  const states = [
    ['SCHEDULED', 'Scheduled', at - 1000],
    ...(isClaimed
      ? [
          ['PENDING', 'Pending', at + 500],
          ['PENDING', 'Submitting', at + 700],
          ['RUNNING', 'Running', at + 3000],
        ]
      : []),
    ...(isEnded ? [[type, `${type.charAt(0)}${type.slice(1).toLowerCase()}`, endMs]] : []),
  ].map(([stateType, stateName, ms]) => ({
    id: randomUUID(),
    type: String(stateType),
    name: String(stateName),
    ms: Number(ms),
  }));
  const present = states.at(-1);
  const result = isEnded
    ? {
        exitCode: diagnosis === undefined ? 0 : 137,
        relaunches: 0,
        phasesSeconds: { provisioning: 1.2, pull: 0.9, run: seconds },
        facts: { links: { task: CONSOLE, cluster: CONSOLE, evil: 'javascript:alert(1)' } },
        diagnosis: diagnosis ? { kind: 'oom', level: 'error', ...diagnosis } : null,
      }
    : null;
  database.run(
    `INSERT INTO flow_runs (id, name, flow_id, deployment_id, pool_id, queue_id, job_variables, parameters, tags, labels,
       expected_start_ms, scheduled_ms, created_ms, state_id, state_type, state_name, state_ms, start_ms, end_ms, attempt,
       attempt_started_ms, result, infrastructure_pid)
     VALUES (?, ?, ?, ?, ?, ?, ?, '{}', '["team-data"]', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[id, name, deployment?.flowId ?? poolId, deployment?.id ?? null, poolId, queueId],
    JSON.stringify({ command: './import.sh', cpu: 512, memory: 1024, env: { LEVEL: 'info' } }),
    isClaimed ? '{"prefect.worker.name":"worker-a"}' : '{}',
    ...[at, at, at - 1000, present?.id ?? '', type, present?.name ?? '', present?.ms ?? at],
    ...[isClaimed ? at + 3000 : null, isEnded ? endMs : null, isClaimed ? 1 : 0, isClaimed ? at + 500 : null],
    result === null ? null : JSON.stringify(result),
    isClaimed ? `arn:aws:ecs:eu-central-1:123456789012:task/batch/${id.replaceAll('-', '')}` : null,
  );
  for (const state of states)
    database.run(
      `INSERT INTO flow_run_states (id, flow_run_id, type, name, timestamp_ms, message, details) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ...[
        state.id,
        id,
        state.type,
        state.name,
        state.ms,
        diagnosis !== undefined && state === present ? diagnosis.summary : null,
      ],
      JSON.stringify(state.type === 'SCHEDULED' ? { scheduled_time: new Date(at).toISOString() } : {}),
    );
  for (const [index, line] of lines.entries())
    database.run(
      `INSERT INTO logs (flow_run_id, name, level, message, timestamp_ms) VALUES (?, 'worker-host.output', 20, ?, ?)`,
      ...[id, line, at + 3000 + index * 10],
    );
  return id;
}
