import { randomUUID } from 'node:crypto';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessIdentity } from '../processes/process-identity.js';

/** Input of a launch. */
export interface LaunchFacts {
  readonly flowRunId: string;
  readonly attemptId: string;
  readonly relaunch: number;
}

/**
 * The directory of one launch: its input, its process, its output, its exit status. It outlives worker and job, so that
 * a repeated launch is found and not executed again.
 */
export class Launch {
  constructor(readonly directory: string) {}

  get outputFile(): string {
    return join(this.directory, 'output');
  }

  /** Default working directory of the job. */
  get workingDirectory(): string {
    return join(this.directory, 'work');
  }

  async writeFacts(facts: LaunchFacts): Promise<void> {
    const temporary = this.#file(`launch.json.${randomUUID()}`);
    await writeFile(temporary, JSON.stringify(facts));
    await rename(temporary, this.#file('launch.json'));
  }

  async facts(): Promise<LaunchFacts | null> {
    const text = await readIfPresent(this.#file('launch.json'));
    return text === null ? null : (JSON.parse(text) as LaunchFacts);
  }

  /** Returns whether a worker was about to launch it. */
  async isPrepared(): Promise<boolean> {
    return await exists(this.#file('launch.json'));
  }

  /** Returns whether a wrapper has claimed the launch: no other one ever will. */
  async isTaken(): Promise<boolean> {
    return await exists(this.#file('taken'));
  }

  /** Returns its process. Null: unknown yet. */
  async identity(): Promise<ProcessIdentity | null> {
    const text = await readIfPresent(this.#file('identity'));
    const [pid, startTime] = text?.trim().split(' ') ?? [];
    return pid === undefined || startTime === undefined ? null : { pid: Number(pid), startTime };
  }

  /** Null: it has not ended, or ended without an exit status. */
  async exitCode(): Promise<number | null> {
    const text = await readIfPresent(this.#file('exit'));
    return text === null ? null : Number(text.trim());
  }

  async markStopRequested(): Promise<void> {
    await writeFile(this.#file('stop-requested'), '');
  }

  async isStopRequested(): Promise<boolean> {
    return await exists(this.#file('stop-requested'));
  }

  #file(name: string): string {
    return join(this.directory, name);
  }
}

async function readIfPresent(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
