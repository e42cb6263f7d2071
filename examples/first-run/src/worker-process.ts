import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const STOP_PATIENCE_MS = 10_000;
const EXAMPLE_DIRECTORY = fileURLToPath(new URL('../../', import.meta.url));

/** Path of the worker-host binary, as installed for this example. */
export function workerHostBinary(): string {
  const entry = createRequire(import.meta.url).resolve('worker-host');
  return join(dirname(entry), '..', '..', 'bin', 'worker-host.js');
}

/** A real worker: `worker-host start` in a separate process. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number>;

  constructor(
    words: readonly string[],
    environment: Readonly<Record<string, string | undefined>>,
    private readonly logFile: string,
  ) {
    const log = openSync(logFile, 'a');
    this.#child = spawn(process.execPath, [workerHostBinary(), 'start', ...words], {
      cwd: EXAMPLE_DIRECTORY,
      env: { ...environment },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', (code, signal) => resolve(code ?? (signal === null ? 0 : 1)));
    });
    this.#ended.catch(() => {});
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Its output. */
  get output(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  /** Stops it, and kills it if it does not end. */
  async stop(): Promise<void> {
    if (!this.isAlive) return;
    this.#child.kill('SIGTERM');
    const insist = setTimeout(() => this.#child.kill('SIGKILL'), STOP_PATIENCE_MS);
    await this.#ended.finally(() => clearTimeout(insist));
  }

  /** Kills it immediately: for the end of this process. */
  kill(): void {
    if (this.isAlive) this.#child.kill('SIGKILL');
  }
}
