import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildBaseJobTemplate, isFinalStateType, type JsonObject } from '@worker-host/core';
import { plugin } from '@worker-host/ecs';
import { type LocalAws, startLocalAws } from '@worker-host/testing/local-aws';
import { joinShellWords } from 'worker-host';
import { type Administration, openAdministration } from 'worker-host/embedded';
import { HostileProxy } from './hostile-proxy.js';
import { Worker } from './worker.js';

const POOL = 'hostile';
const QUEUE = 'prefect-ecs-tasks-events';
const GARBAGE: readonly string[] = [
  '',
  '{',
  'null',
  '[]',
  '"x"',
  '\0',
  '{"detail":7}',
  'a'.repeat(200_000),
  '['.repeat(50_000),
];

/** A pool, a local AWS behind a proxy, one real worker, and good runs among whatever else. */
export class World {
  readonly #good = new Set<string>();

  private constructor(
    readonly folder: string,
    readonly administration: Administration,
    readonly aws: LocalAws,
    readonly proxy: HostileProxy,
    readonly worker: Worker,
  ) {}

  static async start(): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), 'worker-host-hostile-'));
    const aws = await startLocalAws({ eventsQueue: QUEUE, seed: 1, defaultStopTimeoutSeconds: 2 });
    const proxy = new HostileProxy(aws.port);
    const home = join(folder, 'home');
    const administration = await openAdministration({ home });
    const baseJobTemplate = buildBaseJobTemplate(plugin);
    await administration.createWorkPool({
      name: POOL,
      type: 'ecs',
      baseJobTemplate,
      concurrencyLimit: null,
      isPaused: false,
    });
    const environment = {
      ...aws.environment,
      AWS_ENDPOINT_URL: await proxy.start(),
      WORKER_HOST_HOME: home,
      WORKER_HOST_QUERY_SECONDS: '0.3',
    };
    const worker = new Worker(join(folder, 'loop'), await freePort(), join(folder, 'worker.log'), environment);
    return new World(folder, administration, aws, proxy, worker);
  }

  /** Queues a run; what cannot even be queued is no harm. */
  async queue(jobVariables: JsonObject | Record<string, string | object | boolean>, isGood: boolean): Promise<void> {
    const run = {
      deploymentName: null,
      workPoolName: POOL,
      workQueueName: null,
      name: null,
      jobVariables: jobVariables as JsonObject,
      parameters: {},
      tags: [],
      idempotencyKey: null,
      scheduledForMs: null,
    };
    try {
      const { id } = await this.administration.createFlowRun(run);
      if (isGood) this.#good.add(id);
    } catch (error) {
      if (isGood) throw error;
    }
  }

  queueGood(): Promise<void> {
    return this.queue({ command: joinShellWords(['sh', '-c', 'echo good; sleep 0.3; exit 0']) }, true);
  }

  /** Resolves with the good runs that did not end Completed, once all are final or the time is up. */
  async awaitGood(longestMs: number): Promise<readonly string[]> {
    const endsAtMs = Date.now() + longestMs;
    for (;;) {
      const runs = await Promise.all([...this.#good].map((id) => this.administration.readRun(id)));
      const open = runs.filter(({ flowRun }) => flowRun.stateType === null || !isFinalStateType(flowRun.stateType));
      if (open.length === 0 || Date.now() > endsAtMs) {
        return runs
          .filter(({ flowRun }) => flowRun.stateType !== 'COMPLETED')
          .map(({ flowRun }) => `${flowRun.name} is ${flowRun.stateName}: ${flowRun.state?.message ?? ''}`);
      }
      await sleep(300);
    }
  }

  get goodCount(): number {
    return this.#good.size;
  }

  /** Messages that tell nothing true: garbage, other accounts, tasks that are not there, ends of tasks that run. */
  messages(round: number): readonly string[] {
    const event = (detail: object, more: object = {}): string =>
      JSON.stringify({
        'detail-type': 'ECS Task State Change',
        source: 'aws.ecs',
        account: '999999999999',
        region: 'mars-north-1',
        detail: { lastStatus: 'STOPPED', version: 999, containers: [{ exitCode: 1 }], ...detail },
        ...more,
      });
    const arn = `arn:aws:ecs:mars-north-1:999999999999:task/default/${String(round).padStart(32, '0')}`;
    const { account, region } = this.aws;
    const running = this.aws.ecs.tasks().filter(({ lastStatus }) => lastStatus !== 'STOPPED');
    const forged = running.slice(0, 5).map(({ description: { taskArn, clusterArn, startedBy, containers } }) => {
      const names = (containers as readonly { readonly name: string }[]).map(({ name }) => ({ name, exitCode: 1 }));
      return event({ taskArn, clusterArn, startedBy, containers: names }, { account, region });
    });
    const garbage = GARBAGE[round % GARBAGE.length] ?? '';
    return [garbage, event({ taskArn: arn }), event({ taskArn: 7, containers: 'x' }), ...forged];
  }

  send(body: string): void {
    this.aws.queues.ensure(QUEUE).send(body, {}, undefined, 'AKIAEXAMPLE');
  }

  async end(keepsFolder: boolean): Promise<number> {
    const tookMs = await this.worker.stop();
    await this.administration.close();
    await this.proxy.close();
    await this.aws.close();
    if (!keepsFolder) rmSync(this.folder, { recursive: true, force: true });
    return tookMs;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
