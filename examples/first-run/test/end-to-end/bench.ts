import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '@worker-host/testing/local-aws';
import { type Administration, openAdministration } from 'worker-host/embedded';
import { workerHostBinary } from '../../src/worker-process.js';

const EXAMPLE_DIRECTORY = fileURLToPath(new URL('../../../', import.meta.url));

/** Result of a process. */
export interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A data directory and a local AWS, and the real binary over both. */
export class EndToEndBench {
  readonly home = mkdtempSync(join(tmpdir(), 'worker-host-end-to-end-'));
  readonly #children = new Set<ChildProcess>();

  private constructor(readonly aws: LocalAws) {}

  static async open(options: LocalAwsOptions = {}): Promise<EndToEndBench> {
    return new EndToEndBench(await startLocalAws(options));
  }

  get environment(): Record<string, string | undefined> {
    const { PATH, HOME } = process.env;
    return { PATH, HOME, WORKER_HOST_HOME: this.home, WORKER_HOST_ORCHESTRATOR: 'embedded', ...this.aws.environment };
  }

  /** Starts the binary. */
  spawn(words: readonly string[], more: Readonly<Record<string, string>> = {}): ChildProcess {
    const child = spawn(process.execPath, [workerHostBinary(), ...words], {
      cwd: EXAMPLE_DIRECTORY,
      env: { ...this.environment, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.add(child);
    return child;
  }

  /** Runs the binary to its end. */
  async run(...words: readonly string[]): Promise<Ran> {
    return await collect(this.spawn(words));
  }

  async withAdministration<T>(use: (administration: Administration) => Promise<T>): Promise<T> {
    const administration = await openAdministration({ home: this.home });
    try {
      return await use(administration);
    } finally {
      await administration.close();
    }
  }

  async close(): Promise<void> {
    for (const child of this.#children) if (child.exitCode === null) child.kill('SIGKILL');
    await this.aws.close();
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** Waits for a process to end. */
export function collect(child: ChildProcess): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}
