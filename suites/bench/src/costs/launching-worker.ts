import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '@worker-host/testing/local-aws';
import { MeasuredWorker } from './measured-worker.js';
import { PrefectStandIn } from './prefect-stand-in.js';

const POOL = 'costs';
/** Runs launched before the measurement: they load code, register definitions and open connections. */
const WARM_UP_RUNS = 20;
const LAUNCH_LIMIT_MS = 60_000;
const STEP_MS = 200;
/** Labels and logs are sent within two seconds. */
const SETTLE_MS = 4000;
const KEPT_CALLS = 4000;

/** A worker on a stand-in for a Prefect server and on local AWS, where tasks keep running. */
export class LaunchingWorker {
  private constructor(
    readonly process: MeasuredWorker,
    readonly server: PrefectStandIn,
    readonly aws: LocalAws,
  ) {}

  /**
   * Passes a worker that has polled once, and stops it afterwards.
   *
   * @param options of local AWS
   */
  static async during<Result>(
    measure: (worker: LaunchingWorker) => Promise<Result>,
    options: LocalAwsOptions = {},
  ): Promise<Result> {
    const folder = mkdtempSync(join(tmpdir(), 'worker-host-costs-'));
    const server = new PrefectStandIn(POOL);
    const aws = await startLocalAws({ simulate: 'sleep=3600;exit=0', keepCalls: KEPT_CALLS, ...options });
    const worker = new MeasuredWorker(POOL, {
      ...aws.environment,
      HOME: folder,
      WORKER_HOST_HOME: folder,
      PREFECT_API_URL: await server.start(),
      PREFECT_WORKER_QUERY_SECONDS: '1',
    });
    try {
      await server.polled;
      return await measure(new LaunchingWorker(worker, server, aws));
    } finally {
      await worker.stop();
      await server.stop();
      await aws.close();
      rmSync(folder, { recursive: true, force: true });
    }
  }

  async warmUp(): Promise<void> {
    await this.launch(WARM_UP_RUNS);
  }

  /** Launches further runs, and waits until the worker has stored their identifiers. */
  async launch(runs: number): Promise<void> {
    const total = this.aws.ecs.tasks().length + runs;
    this.server.schedule(runs);
    for (let waitedMs = 0; this.aws.ecs.tasks().length < total; waitedMs += STEP_MS) {
      if (waitedMs > LAUNCH_LIMIT_MS)
        throw new Error(`Only ${this.aws.ecs.tasks().length} of ${total} tasks were launched`);
      await sleep(STEP_MS);
    }
    await sleep(SETTLE_MS);
  }
}
