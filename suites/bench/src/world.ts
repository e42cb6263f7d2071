import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBaseJobTemplate, isFinalStateType } from '@worker-host/core';
import { plugin } from '@worker-host/ecs';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '@worker-host/testing/local-aws';
import { type Administration, openAdministration } from 'worker-host/embedded';
import { publishedWorker } from './published-worker.js';

const POOL = 'bench';

/** A local AWS, an embedded pool and worker processes, for one benchmark. */
export class BenchWorld {
  readonly #workers: ChildProcess[] = [];

  private constructor(
    readonly folder: string,
    readonly aws: LocalAws,
    readonly administration: Administration,
  ) {}

  static async start(options: LocalAwsOptions = {}): Promise<BenchWorld> {
    const folder = mkdtempSync(join(tmpdir(), 'worker-host-bench-'));
    const aws = await startLocalAws({ keepCalls: 100_000, ...options });
    const administration = await openAdministration({ home: folder });
    await administration.createWorkPool({
      name: POOL,
      type: 'ecs',
      baseJobTemplate: buildBaseJobTemplate(plugin),
      concurrencyLimit: null,
      isPaused: false,
    });
    return new BenchWorld(folder, aws, administration);
  }

  /** Starts a worker, and records when, in milliseconds since the epoch. */
  startWorker(flags: readonly string[] = [], environment: Readonly<Record<string, string>> = {}) {
    const { binary, folder } = publishedWorker();
    const startedMs = Date.now();
    const child = spawn(process.execPath, [binary, 'start', '--type', 'ecs', '--pool', POOL, ...flags], {
      cwd: folder,
      env: { ...process.env, ...this.aws.environment, WORKER_HOST_HOME: this.folder, ...environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.resume();
    this.#workers.push(child);
    return { child, startedMs };
  }

  async stopWorkers(): Promise<void> {
    for (const child of this.#workers.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }

  async queueRun(jobVariables: Record<string, string>, deploymentName: string | null = null): Promise<string> {
    const run = await this.administration.createFlowRun({
      deploymentName,
      workPoolName: deploymentName === null ? POOL : null,
      workQueueName: null,
      name: null,
      jobVariables,
      parameters: {},
      tags: [],
      idempotencyKey: null,
      scheduledForMs: null,
    });
    return run.id;
  }

  async createDeployment(name: string, jobVariables: Record<string, string>): Promise<void> {
    await this.administration.createDeployment({
      name,
      workPoolName: POOL,
      workQueueName: null,
      jobVariables,
      parameters: {},
      tags: [],
      schedules: [],
    });
  }

  /** Waits until `count` runs are final. Rejects after `longestMs`. */
  async whenFinal(count: number, longestMs: number): Promise<void> {
    const endsAtMs = Date.now() + longestMs;
    for (;;) {
      const { runs } = await this.administration.listRuns({ limit: 20_000 });
      const ended = runs.filter((run) => run.stateType !== null && isFinalStateType(run.stateType)).length;
      if (ended >= count) return;
      if (Date.now() > endsAtMs) throw new Error(`Only ${ended} of ${count} runs ended within ${longestMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async end(): Promise<void> {
    await this.stopWorkers();
    await this.administration.close();
    await this.aws.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
