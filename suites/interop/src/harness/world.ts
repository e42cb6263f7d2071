import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isFinalStateType } from '@worker-host/core';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '@worker-host/testing/local-aws';
import type { PythonEnvironment } from '../python/python-environment.js';
import { type Json, PrefectClient } from '../server/prefect-client.js';
import type { PrefectServer } from '../server/prefect-server.js';
import { check, until } from './checks.js';
import { RecordingProxy } from './recording-proxy.js';
import { ReferenceWorker } from './reference-worker.js';
import { WorkerProcess } from './worker-process.js';

const OTHER_MACHINE = new URL('../../../preload/other-machine.mjs', import.meta.url).href;
export const FLOWS = fileURLToPath(new URL('../../../flows/', import.meta.url));

export interface WorldParts {
  readonly python: PythonEnvironment;
  readonly server: PrefectServer;
  readonly authString: string | null;
  /** Folder of this scenario. */
  readonly folder: string;
  /** Name of its pool; everything else is named after it. */
  readonly pool: string;
}

/** All a scenario plays with. What it starts here is stopped with it. */
export class World {
  readonly api: PrefectClient;
  readonly #closers: (() => Promise<void>)[] = [];
  #workers = 0;
  #deployments = 0;

  constructor(readonly parts: WorldParts) {
    mkdirSync(parts.folder, { recursive: true });
    this.api = new PrefectClient(parts.server.apiUrl, parts.authString);
  }

  get pool(): string {
    return this.parts.pool;
  }

  /** A local AWS whose tasks find Prefect on their PATH. */
  async aws(options: LocalAwsOptions = {}): Promise<LocalAws> {
    const home = join(this.parts.folder, 'task-home');
    mkdirSync(home, { recursive: true });
    const aws = await startLocalAws({
      taskEnvironment: { PATH: `${this.parts.python.bin}:${process.env.PATH ?? ''}`, HOME: home },
      defaultStopTimeoutSeconds: 2,
      ...options,
    });
    this.whenDone(() => aws.close());
    return aws;
  }

  /** Environment of a worker, ours or the reference's. */
  workerEnvironment(aws: LocalAws, more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
    const home = join(this.parts.folder, 'worker-home');
    mkdirSync(home, { recursive: true });
    return {
      PATH: process.env.PATH,
      HOME: home,
      PREFECT_API_URL: this.parts.server.apiUrl,
      ...(this.parts.authString === null ? {} : { PREFECT_API_AUTH_STRING: this.parts.authString }),
      PREFECT_WORKER_QUERY_SECONDS: '2',
      ...aws.environment,
      ...more,
    };
  }

  /** Starts `worker-host start --type ecs`; `machine` makes it take itself for a worker of another one. */
  worker(
    aws: LocalAws,
    options: {
      readonly name?: string;
      readonly args?: readonly string[];
      readonly env?: Record<string, string>;
      readonly machine?: string;
    } = {},
  ): WorkerProcess {
    this.#workers += 1;
    const { machine } = options;
    const elsewhere: Record<string, string> =
      machine === undefined ? {} : { INTEROP_MACHINE: machine, NODE_OPTIONS: `--import=${OTHER_MACHINE}` };
    const worker = new WorkerProcess({
      pool: this.pool,
      name: options.name ?? 'w1',
      args: options.args ?? [],
      env: this.workerEnvironment(aws, { ...elsewhere, ...options.env }),
      logFile: join(this.parts.folder, `worker-${this.#workers}.log`),
    });
    this.whenDone(() => worker.child.stop());
    return worker;
  }

  /** Starts Prefect's own worker on the pool. */
  reference(
    aws: LocalAws,
    options: { readonly name: string; readonly args?: readonly string[]; readonly env?: Record<string, string> },
  ): ReferenceWorker {
    this.#workers += 1;
    const worker = new ReferenceWorker({
      python: this.parts.python,
      pool: this.pool,
      name: options.name,
      args: options.args ?? [],
      env: this.workerEnvironment(aws, options.env),
      cwd: this.parts.folder,
      logFile: join(this.parts.folder, `worker-${this.#workers}.log`),
    });
    this.whenDone(() => worker.child.stop());
    return worker;
  }

  /** A proxy before the server that keeps what goes by. */
  async proxy(): Promise<RecordingProxy> {
    const proxy = await RecordingProxy.start(this.parts.server.apiUrl);
    this.whenDone(() => proxy.close());
    return proxy;
  }

  /** Resolves when the pool has the worker online. */
  async online(name = 'w1', worker?: WorkerProcess | ReferenceWorker): Promise<void> {
    await until(`worker ${name} is online`, async () => {
      if (worker?.child.hasExited) throw new Error(`the worker has ended:\n${worker.output.slice(-3000)}`);
      const workers = await this.api.post(`/work_pools/${this.pool}/workers/filter`).catch(() => []);
      return workers.some((each: Json) => each.name === name && each.status === 'ONLINE');
    });
  }

  /** Makes the pool as `prefect work-pool create --type ecs` would, but for the template. */
  async makePool(fields: object = {}): Promise<Json> {
    return this.api.post('/work_pools/', { name: this.pool, type: 'ecs', ...fields });
  }

  /** Deploys one of the suite's flows to the pool. */
  async deploy(flow: string, fields: Record<string, unknown> = {}): Promise<Json> {
    this.#deployments += 1;
    const made = await this.api.post('/flows/', { name: flow });
    return this.api.post('/deployments/', {
      name: `${this.pool}-${this.#deployments}`,
      flow_id: made.id,
      work_pool_name: this.pool,
      entrypoint: `interop_flows.py:${flow}`,
      path: FLOWS,
      pull_steps: [{ 'prefect.deployments.steps.set_working_directory': { directory: FLOWS } }],
      enforce_parameter_schema: false,
      ...fields,
    });
  }

  /** Deploys a plain command in place of a flow. */
  deployCommand(command: string, fields: Record<string, unknown> = {}): Promise<Json> {
    const { job_variables: more, ...rest } = fields;
    return this.deploy('happy', { job_variables: { command, ...(more as object) }, ...rest });
  }

  /** `prefect deployment run`. */
  run(deployment: Json, fields: object = {}): Promise<Json> {
    return this.api.post(`/deployments/${deployment.id}/create_flow_run`, { state: { type: 'SCHEDULED' }, ...fields });
  }

  readRun(run: Json): Promise<Json> {
    return this.api.get(`/flow_runs/${run.id}`);
  }

  /** Waits for a state type; fails at another final one. */
  async state(run: Json, type: string, limitSeconds = 60): Promise<Json> {
    let last = 'nothing';
    try {
      return await until(
        `run ${run.name} is ${type}`,
        async () => {
          const now = await this.readRun(run);
          last = `${now.state_name}: ${now.state?.message ?? ''}`;
          if (now.state_type === type || now.state_name === type) return now;
          check(!isFinalStateType(now.state_type), `run ${run.name} should become ${type}, but is ${last}`);
          return null;
        },
        limitSeconds,
      );
    } catch (error) {
      throw new Error(`${String(error instanceof Error ? error.message : error)} (last seen: ${last})`);
    }
  }

  /** Names of all states the run was in, oldest first. */
  async states(run: Json): Promise<string[]> {
    const states = await this.api.get(`/flow_run_states/?flow_run_id=${run.id}`);
    return states.map((state: Json) => state.name);
  }

  /** All events about the run or by a worker of the name, oldest first; the server writes them down within 5 s. */
  async events(resourceId: string): Promise<Json[]> {
    const found = await this.api.post('/events/filter', {
      filter: {
        occurred: {
          since: new Date(Date.now() - 3_600_000).toISOString(),
          until: new Date(Date.now() + 60_000).toISOString(),
        },
        any_resource: { id: [resourceId] },
        order: 'ASC',
      },
      limit: 50,
    });
    return found.events;
  }

  async logs(run: Json): Promise<Json[]> {
    return this.api.post('/logs/filter', {
      logs: { flow_run_id: { any_: [run.id] } },
      sort: 'TIMESTAMP_ASC',
      limit: 200,
    });
  }

  /** `prefect flow-run cancel`. */
  cancel(run: Json): Promise<Json> {
    return this.api.post(`/flow_runs/${run.id}/set_state`, {
      state: { type: 'CANCELLING', name: 'Cancelling' },
    });
  }

  /** Puts the run in a state whatever it is in, as a person does in the UI. */
  force(run: Json, type: string): Promise<Json> {
    return this.api.post(`/flow_runs/${run.id}/set_state`, { state: { type }, force: true });
  }

  /** Tasks launched for the run. */
  tasksOf(aws: LocalAws, run: Json): ReturnType<LocalAws['ecs']['tasks']> {
    return aws.ecs.tasks().filter((task) => JSON.stringify(task.description).includes(run.id));
  }

  whenDone(close: () => Promise<void>): void {
    this.#closers.unshift(close);
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0)) await close().catch(() => {});
  }

  /** The ends of all logs of the scenario, for a failure's report. */
  diagnosis(): string {
    const parts: string[] = [];
    for (let index = 1; index <= this.#workers; index += 1) {
      const file = join(this.parts.folder, `worker-${index}.log`);
      if (existsSync(file)) parts.push(`--- worker ${index}\n${readFileSync(file, 'utf8').slice(-4000)}`);
    }
    return parts.join('\n');
  }
}
