import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { publishedWorker } from '../published-worker.js';
import type { CpuProfile } from './flame-graph.js';

const PRELOAD = new URL('../../../preload/report-costs.mjs', import.meta.url).href;

/** Resources used by a worker so far. */
export interface Used {
  readonly cpuMs: number;
  /** After a garbage collection. */
  readonly heapBytes: number;
}

/** A worker process that reports its resource usage. */
export class MeasuredWorker {
  readonly #child: ChildProcess;

  constructor(pool: string, environment: Readonly<Record<string, string>>) {
    const { binary, folder } = publishedWorker();
    this.#child = spawn(process.execPath, ['--import', PRELOAD, binary, 'start', '--type', 'ecs', '--pool', pool], {
      cwd: folder,
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  async used(): Promise<Used> {
    return (await this.#answerTo('used')) as Used;
  }

  async startProfile(): Promise<void> {
    await this.#answerTo('profile');
  }

  /** Resolves with the profile since {@link startProfile}. */
  async endProfile(): Promise<CpuProfile> {
    return (await this.#answerTo('profiled')) as CpuProfile;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }

  async #answerTo(message: 'used' | 'profile' | 'profiled'): Promise<unknown> {
    const answer = once(this.#child, 'message');
    this.#child.send(message);
    const [given] = await answer;
    return given;
  }
}
