import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { medianOf } from '../benchmark.js';
import type { FromQueueProcess, Queue, QueuePlace } from './queue.js';

const PROCESS = fileURLToPath(new URL('./queue-process.js', import.meta.url));
const WAKE_UPS = 30;
const WAKE_UP_PAUSE_MS = 300;
const LONGEST_MS = 300_000;

/** From a job that is made to its start by an idle process: the median, in milliseconds. */
export async function wakeUps(queue: Pick<Queue, 'make'>, workers: Pick<QueueWorkers, 'nextStart'>): Promise<number> {
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
export class QueueWorkers {
  readonly #ended = new Map<ChildProcess, number>();
  #onStart: (atMs: number) => void = () => {};
  #onEnded: () => void = () => {};

  static async start(place: QueuePlace, count: number): Promise<QueueWorkers> {
    const workers = new QueueWorkers();
    const ready = Array.from({ length: count }, () => {
      const child = fork(PROCESS, [JSON.stringify(place)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
      workers.#ended.set(child, 0);
      child.on('message', (message: FromQueueProcess) => workers.#take(child, message));
      return once(child, 'message');
    });
    await Promise.all(ready);
    return workers;
  }

  /** Starts working off the queued jobs. */
  begin(): void {
    for (const child of this.#ended.keys()) child.send('go');
  }

  /** Works off `jobs` jobs. Returns how many per second. */
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
    this.begin();
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
