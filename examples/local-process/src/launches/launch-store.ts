import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { LaunchPlace, WorkerOptions } from '@worker-host/core';
import { isAlive, type ProcessIdentity } from '../processes/process-identity.js';
import { Launch, type LaunchFacts } from './launch.js';

/** How long the files of an ended job are kept. */
const KEEP_MS = 7 * 24 * 3_600_000;

/** All launches of one pool on this machine. */
export class LaunchStore {
  constructor(readonly directory: string) {}

  /** Below `WORKER_HOST_HOME`, otherwise below the machine's directory for temporary files. */
  static of({ environment, workPoolName }: WorkerOptions): LaunchStore {
    const home = environment.WORKER_HOST_HOME || join(tmpdir(), `worker-host-${userInfo().uid}`);
    return new LaunchStore(join(home, 'local-process', encodeURIComponent(workPoolName)));
  }

  /** Returns the same store, at the directory that a launch was stored with. */
  at(place: LaunchPlace | null): LaunchStore {
    return typeof place?.directory === 'string' ? new LaunchStore(place.directory) : this;
  }

  /** Returns the same directory for the same launch, for any caller. */
  launchOf({ flowRunId, attemptId, relaunch }: LaunchFacts): Launch {
    const name = createHash('sha256')
      .update(JSON.stringify([flowRunId, attemptId, relaunch]))
      .digest('hex');
    return new Launch(join(this.directory, name.slice(0, 32)));
  }

  /** Creates the launch's directory, readable only by its user, because output can contain secrets. */
  async prepare(facts: LaunchFacts): Promise<Launch> {
    const launch = this.launchOf(facts);
    await mkdir(launch.workingDirectory, { recursive: true, mode: 0o700 });
    await launch.writeFacts(facts);
    return launch;
  }

  async all(): Promise<readonly Launch[]> {
    try {
      return (await readdir(this.directory)).map((name) => new Launch(join(this.directory, name)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  /** Returns the launch that a process runs or ran. Null: none of this pool. */
  async launchRunBy({ pid, startTime }: ProcessIdentity): Promise<Launch | null> {
    for (const launch of await this.all()) {
      const identity = await launch.identity();
      if (identity?.pid === pid && identity.startTime === startTime) return launch;
    }
    return null;
  }

  /** Removes the files of jobs that ended long ago. */
  async prune(nowMs: number): Promise<void> {
    for (const launch of await this.all()) {
      const { mtimeMs } = await stat(launch.directory);
      if (nowMs - mtimeMs < KEEP_MS) continue;
      const identity = await launch.identity();
      if (identity === null || !(await isAlive(identity))) await rm(launch.directory, { recursive: true, force: true });
    }
  }
}
