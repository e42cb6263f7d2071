import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { cpuMsOf, residentMib } from '../processes.js';
import type { AliveRun, FromWorker, ToWorker } from './alive-run.js';

const PROGRAM = fileURLToPath(new URL('./worker-process.js', import.meta.url));

/** A worker in a separate process, and its reports. */
export class AliveWorker {
  readonly #child: ChildProcess;
  readonly #endedAtMs = new Map<string, number>();
  /** Heap size at the last report. */
  heapUsedMib = Number.NaN;

  constructor(environment: Readonly<Record<string, string | undefined>>) {
    this.#child = fork(PROGRAM, { env: { ...process.env, ...environment }, serialization: 'advanced' });
    this.#child.on('message', (message: FromWorker) => {
      if (message.kind === 'ended') this.#endedAtMs.set(message.flowRunId, message.atMs);
      if (message.kind === 'memory') this.heapUsedMib = message.heapUsedMib;
    });
  }

  /** Offers the runs. Resolves when the worker has taken them over. */
  async serve(runs: readonly AliveRun[]): Promise<void> {
    const tookOver = new Promise<void>((resolve, reject) => {
      this.#child.on('message', (message: FromWorker) => {
        if (message.kind === 'took-over') resolve();
      });
      this.#child.once('exit', (code) => reject(new Error(`The worker ended with code ${code}`)));
    });
    this.#tell({ kind: 'serve', runs });
    await tookOver;
  }

  completed(flowRunId: string): void {
    this.#tell({ kind: 'completed', flowRunId });
  }

  /** When the worker knew the end of a run, in milliseconds since the epoch; undefined: not yet. */
  endedAtMs(flowRunId: string): number | undefined {
    return this.#endedAtMs.get(flowRunId);
  }

  residentMib(which?: 'VmRSS' | 'VmHWM'): number {
    return residentMib(this.#child.pid, which);
  }

  /** Processor time so far, in milliseconds. */
  cpuMs(): number {
    return cpuMsOf(this.#child.pid);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  #tell(message: ToWorker): void {
    this.#child.send(message);
  }
}
