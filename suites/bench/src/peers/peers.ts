import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Benchmark, type Figure, medianOf } from '../benchmark.js';
import { PeerServers } from './peer-servers.js';
import type { FromQueueProcess, QueuePlace } from './queue.js';
import { openQueue } from './queue-process.js';

const PROCESS = fileURLToPath(new URL('./queue-process.js', import.meta.url));
const JOBS = 4000;
const PROCESSES = [1, 4];
const WAKE_UPS = 30;
const WAKE_UP_PAUSE_MS = 300;
const LONGEST_MS = 300_000;

/**
 * The embedded pool beside the queues that people would take in its place: the same number of jobs that do nothing, made in
 * batches, claimed and finished by one process and by four. Each write is synced to the disk, unless the name says otherwise.
 */
export const peers: Benchmark = {
  name: 'peers',
  async measure() {
    const figures: Figure[] = [];
    const servers = new PeerServers();
    const folder = mkdtempSync(join(tmpdir(), 'worker-host-peers-'));
    try {
      const packages = await servers.packages();
      const embedded: QueuePlace = { name: 'embedded', address: folder, packages };
      figures.push(...(await measureQueue('embedded pool', embedded, () => 0)));
      const postgres = await servers.postgres();
      if (postgres !== null)
        for (const name of ['pg-boss', 'graphile-worker'] as const)
          figures.push(...(await measureQueue(name, { name, address: postgres.url, packages }, postgres.cpuMs)));
      for (const sync of ['always', 'everysec'] as const) {
        const redis = await servers.redis(sync);
        if (redis === null) continue;
        const place: QueuePlace = { name: 'bullmq', address: redis.url, packages };
        figures.push(...(await measureQueue(`BullMQ, appendfsync ${sync}`, place, redis.cpuMs)));
      }
      return figures;
    } finally {
      await servers.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function measureQueue(title: string, place: QueuePlace, serverCpuMs: () => number): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const note = (name: string, value: number, unit: string): void => {
    figures.push({ name: `${title}: ${name}`, value, unit, limit: null });
  };
  const queue = await openQueue(place);
  const work = async (count: number): Promise<void> => {
    const startedMs = performance.now();
    const cpu = process.cpuUsage();
    const ofServer = serverCpuMs();
    await queue.make(JOBS);
    const { user, system } = process.cpuUsage(cpu);
    if (count === 1) {
      note('made', (JOBS * 1000) / (performance.now() - startedMs), 'jobs/s');
      note('CPU to make one', (user + system + (serverCpuMs() - ofServer) * 1000) / JOBS, 'µs');
    }
    const workers = await Workers.start(place, count);
    const before = serverCpuMs();
    const used = await workers.used();
    note(`claimed and finished, ${count} process${count === 1 ? '' : 'es'}`, await workers.rate(JOBS), 'jobs/s');
    const after = await workers.used();
    if (count === 1) {
      note('CPU to claim and finish one', ((after.cpuMs - used.cpuMs + serverCpuMs() - before) * 1000) / JOBS, 'µs');
      note('resident memory of the process', after.mib, 'MiB');
      note('from made to started by an idle process, median', await wakeUps(queue, workers), 'ms');
    }
    await workers.stop();
  };
  await queue.make(1);
  for (const count of PROCESSES) await work(count);
  await queue.close();
  for (const { name, value, unit } of figures) console.error(`${name} ${value.toFixed(1)} ${unit}`);
  return figures;
}

async function wakeUps(queue: { make(count: number): Promise<void> }, workers: Workers): Promise<number> {
  const latencies: number[] = [];
  for (let made = 0; made < WAKE_UPS; made += 1) {
    // Not in step with any polling.
    await sleep(WAKE_UP_PAUSE_MS + made * 17);
    const started = workers.nextStart();
    await queue.make(1);
    const madeMs = Date.now();
    latencies.push(Math.max(0, (await started) - madeMs));
  }
  return medianOf(latencies);
}

/** Processes that work off one queue. */
class Workers {
  readonly #ended = new Map<ChildProcess, number>();
  #onStart: (atMs: number) => void = () => {};
  #onEnded: () => void = () => {};

  static async start(place: QueuePlace, count: number): Promise<Workers> {
    const workers = new Workers();
    const ready = Array.from({ length: count }, () => {
      const child = fork(PROCESS, [JSON.stringify(place)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
      workers.#ended.set(child, 0);
      child.on('message', (message: FromQueueProcess) => workers.#take(child, message));
      return once(child, 'message');
    });
    await Promise.all(ready);
    return workers;
  }

  /** Lets them work off so many jobs; returns how many a second. */
  async rate(jobs: number): Promise<number> {
    const startedMs = performance.now();
    const done = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`Only ${this.#total} of ${jobs} jobs ended`)), LONGEST_MS);
      this.#onEnded = () => {
        if (this.#total < jobs) return;
        clearTimeout(timer);
        resolve();
      };
    });
    for (const child of this.#ended.keys()) child.send('go');
    await done;
    return (jobs * 1000) / (performance.now() - startedMs);
  }

  /** When the next job is started, in milliseconds since the epoch. */
  nextStart(): Promise<number> {
    return new Promise((resolve) => {
      this.#onStart = resolve;
    });
  }

  /** Processor time of all, and the memory of the first. */
  async used(): Promise<{ readonly cpuMs: number; readonly mib: number }> {
    const answers = await Promise.all(
      [...this.#ended.keys()].map(async (child) => {
        const answer = new Promise<FromQueueProcess>((resolve) => {
          const take = (message: FromQueueProcess): void => {
            if (message.kind !== 'used') return;
            child.off('message', take);
            resolve(message);
          };
          child.on('message', take);
        });
        child.send('used');
        return await answer;
      }),
    );
    return { cpuMs: answers.reduce((sum, { cpuMs = 0 }) => sum + cpuMs, 0), mib: answers[0]?.mib ?? Number.NaN };
  }

  async stop(): Promise<void> {
    for (const child of this.#ended.keys()) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }

  get #total(): number {
    return [...this.#ended.values()].reduce((sum, jobs) => sum + jobs, 0);
  }

  #take(child: ChildProcess, { kind, jobs = 0, atMs = 0 }: FromQueueProcess): void {
    if (kind === 'started') this.#onStart(atMs);
    if (kind !== 'ended') return;
    this.#ended.set(child, jobs);
    this.#onEnded();
  }
}
