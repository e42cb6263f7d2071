import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/** A process in its own group, with its output in a file. */
export class Child {
  readonly #process: ChildProcess;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  #hasExited = false;

  constructor(
    command: string,
    args: readonly string[],
    options: { readonly env: NodeJS.ProcessEnv; readonly cwd: string; readonly logFile: string },
  ) {
    const log = openSync(options.logFile, 'a');
    this.#process = spawn(command, args, {
      env: options.env,
      cwd: options.cwd,
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.exited = new Promise((resolve, reject) => {
      this.#process.once('error', reject);
      this.#process.once('exit', (code, signal) => {
        this.#hasExited = true;
        resolve({ code, signal });
      });
    });
    this.exited.catch(() => {});
  }

  /** Undefined: it could not be started. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  get hasExited(): boolean {
    return this.#hasExited;
  }

  /** To the process alone. */
  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** SIGTERM, then SIGKILL to the whole group. */
  async stop(graceMs = 8000): Promise<void> {
    if (!this.#hasExited) this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.#killGroup(), graceMs);
    await this.exited.catch(() => {});
    clearTimeout(timer);
    this.#killGroup();
  }

  /** SIGKILL, immediately. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.exited.catch(() => {});
  }

  #killGroup(): void {
    if (this.#process.pid === undefined) return;
    try {
      process.kill(-this.#process.pid, 'SIGKILL');
    } catch {
      // All of the group have ended.
    }
  }
}
