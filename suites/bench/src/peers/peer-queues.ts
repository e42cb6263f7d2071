import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BATCH, QUEUE, type Queue, type QueuePlace } from './queue.js';

/** Shortest pause between polls that pg-boss allows. */
const PG_BOSS_POLL_MS = 500;

interface PgBoss {
  on(event: string, listener: (error: unknown) => void): void;
  start(): Promise<void>;
  stop(options: object): Promise<void>;
  createQueue(name: string): Promise<void>;
  insert(jobs: readonly object[]): Promise<void>;
  fetch(name: string, options: object): Promise<readonly { readonly id: string }[]>;
  complete(name: string, ids: readonly string[]): Promise<void>;
}

/** pg-boss by its calls for batches: fetch and complete of 200 jobs; an idle process polls as often as `work` may. */
export async function openPgBoss({ address, packages }: QueuePlace): Promise<Queue> {
  const Boss = load<new (options: object) => PgBoss>(packages, 'pg-boss');
  const boss = new Boss({ connectionString: address, max: 5 });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  await boss.createQueue(QUEUE);
  return {
    async make(count) {
      for (let made = 0; made < count; made += BATCH)
        await boss.insert(Array.from({ length: Math.min(BATCH, count - made) }, () => ({ name: QUEUE, data: {} })));
    },
    async work(onStart, onEnd) {
      for (;;) {
        const jobs = await boss.fetch(QUEUE, { batchSize: BATCH });
        for (const _ of jobs) onStart();
        if (jobs.length === 0) {
          await sleep(PG_BOSS_POLL_MS);
          continue;
        }
        await boss.complete(
          QUEUE,
          jobs.map(({ id }) => id),
        );
        onEnd(jobs.length);
      }
    },
    close: () => boss.stop({ graceful: false }),
  };
}

interface Graphile {
  makeWorkerUtils(options: object): Promise<{
    migrate(): Promise<void>;
    withPgClient(
      act: (client: { query(sql: string, values: readonly unknown[]): Promise<void> }) => Promise<void>,
    ): Promise<void>;
    release(): Promise<void>;
  }>;
  run(options: object): Promise<{ stop(): Promise<void>; readonly promise: Promise<void> }>;
  Logger: new (factory: () => () => void) => object;
}

/** graphile-worker with its local queue and its batches of completions. */
export async function openGraphile({ address, packages }: QueuePlace): Promise<Queue> {
  const { makeWorkerUtils, run, Logger } = load<Graphile>(packages, 'graphile-worker');
  const utils = await makeWorkerUtils({ connectionString: address });
  await utils.migrate();
  return {
    async make(count) {
      for (let made = 0; made < count; made += BATCH) {
        const sql = `SELECT graphile_worker.add_jobs(array_agg(('${QUEUE}', '{}', NULL, now(), 1, NULL, 0, NULL)::graphile_worker.job_spec))
          FROM generate_series(1, $1)`;
        await utils.withPgClient((client) => client.query(sql, [Math.min(BATCH, count - made)]));
      }
    },
    async work(onStart, onEnd) {
      const worker = {
        connectionString: address,
        concurrentJobs: 24,
        localQueue: { size: BATCH },
        completeJobBatchDelay: 0,
      };
      const runner = await run({
        preset: { worker: { ...worker, logger: new Logger(() => () => {}) } },
        taskList: {
          [QUEUE]: async () => {
            onStart();
            onEnd(1);
          },
        },
      });
      await runner.promise;
    },
    close: () => utils.release(),
  };
}

interface BullMq {
  Queue: new (
    name: string,
    options: object,
  ) => { addBulk(jobs: readonly object[]): Promise<void>; close(): Promise<void> };
  Worker: new (
    name: string,
    work: () => Promise<void>,
    options: object,
  ) => { on(event: string, listener: () => void): void; waitUntilReady(): Promise<void> };
}

/** BullMQ with 200 jobs at once. */
export async function openBullMq({ address, packages }: QueuePlace): Promise<Queue> {
  const { Queue: Jobs, Worker } = load<BullMq>(packages, 'bullmq');
  const connection = { url: address, maxRetriesPerRequest: null };
  const jobs = new Jobs(QUEUE, { connection });
  return {
    async make(count) {
      for (let made = 0; made < count; made += BATCH)
        await jobs.addBulk(Array.from({ length: Math.min(BATCH, count - made) }, () => ({ name: QUEUE, data: {} })));
    },
    async work(onStart, onEnd) {
      const worker = new Worker(QUEUE, async () => onStart(), { connection, concurrency: BATCH });
      worker.on('completed', () => onEnd(1));
      await worker.waitUntilReady();
      await new Promise(() => {});
    },
    close: () => jobs.close(),
  };
}

function load<T>(folder: string, name: string): T {
  return createRequire(join(folder, 'package.json'))(name) as T;
}
