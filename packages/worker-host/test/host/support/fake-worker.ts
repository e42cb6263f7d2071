import {
  BaseJobConfiguration,
  BaseVariables,
  BaseWorker,
  definePlugin,
  type FlowRun,
  type RunContext,
  type RunResources,
  type StartedInfrastructure,
  TOKENS,
  type WorkerCapabilities,
  type WorkerEnd,
  type WorkerPlugin,
  WorkerResult,
} from '@worker-host/core';

export interface FakeJob {
  readonly flowRun: FlowRun;
  readonly context: RunContext;
  readonly pid: string;
  readonly configuration: BaseJobConfiguration;
  readonly how: 'run' | 'resume';
  end(statusCode: number, end?: Partial<WorkerEnd>): void;
  fail(error: unknown): void;
}

/** In-memory infrastructure: each launch is a job that a test ends. */
export class FakeWorker extends BaseWorker {
  readonly type = 'fake';
  override capabilities: WorkerCapabilities = { canKill: true, canResume: true, canList: true };
  readonly jobs: FakeJob[] = [];
  readonly kills: string[] = [];
  readonly #stopped = new Set<string>();
  alive: StartedInfrastructure[] = [];
  setups = 0;
  teardowns = 0;
  /** Called before a launch; can throw. */
  onRun: (flowRun: FlowRun, context: RunContext) => Promise<void> = async () => {};
  /** Called before a job is stopped; can throw. */
  onKill: (pid: string) => Promise<void> = async () => {};
  onSetup: () => Promise<void> = async () => {};
  onList: () => Promise<void> = async () => {};
  onCheckReady: () => Promise<void> = async () => {};
  onPrewarm: (configuration: BaseJobConfiguration) => Promise<void> = async () => {};
  /** Resources that a run requests, by its configuration. */
  onResources: (configuration: BaseJobConfiguration) => RunResources | null = () => null;
  onTeardown: () => Promise<void> = async () => {};

  override async setup(): Promise<void> {
    this.setups += 1;
    await this.onSetup();
  }

  override async teardown(): Promise<void> {
    this.teardowns += 1;
    await this.onTeardown();
  }

  override resourcesOf(configuration: BaseJobConfiguration): RunResources | null {
    return this.onResources(configuration);
  }

  async run(flowRun: FlowRun, configuration: BaseJobConfiguration, context: RunContext): Promise<WorkerResult> {
    await this.onRun(flowRun, context);
    await context.launching({ cluster: 'c' });
    context.assertOwned();
    context.cancelled.throwIfAborted();
    context.signal.throwIfAborted();
    const pid = `${flowRun.id}/${context.attempt.id}/${context.relaunch}`;
    const ended = this.#job('run', pid, flowRun, configuration, context);
    await context.started(pid);
    context.progress({ phase: 'running' });
    return await ended;
  }

  override resume(pid: string, flowRun: FlowRun, configuration: BaseJobConfiguration, context: RunContext) {
    const ended = this.#job('resume', pid, flowRun, configuration, context);
    if (this.#stopped.has(pid)) this.last.end(143, { exitCode: 143, stopRequested: true });
    return ended;
  }

  override async killInfrastructure(pid: string): Promise<void> {
    this.kills.push(pid);
    await this.onKill(pid);
    this.#stopped.add(pid);
    for (const job of this.jobs.filter((each) => each.pid === pid))
      job.end(143, { exitCode: 143, stopRequested: true });
  }

  override async checkReady(): Promise<void> {
    await this.onCheckReady();
  }

  override async prewarm(configuration: BaseJobConfiguration): Promise<void> {
    await this.onPrewarm(configuration);
  }

  override async listInfrastructure(): Promise<readonly StartedInfrastructure[]> {
    await this.onList();
    return this.alive;
  }

  get last(): FakeJob {
    const job = this.jobs.at(-1);
    if (job === undefined) throw new Error('nothing was launched');
    return job;
  }

  #job(
    how: FakeJob['how'],
    pid: string,
    flowRun: FlowRun,
    configuration: BaseJobConfiguration,
    context: RunContext,
  ): Promise<WorkerResult> {
    return new Promise((resolve, reject) => {
      context.signal.addEventListener('abort', () => reject(context.signal.reason), { once: true });
      const { relaunch } = context;
      this.jobs.push({
        how,
        pid,
        flowRun,
        configuration,
        context,
        end: (statusCode, end) => resolve(new WorkerResult(pid, statusCode, endOf(statusCode, { relaunch, ...end }))),
        fail: reject,
      });
    });
  }
}

/** Returns a known end with the given members overridden. */
export function endOf(statusCode: number, end: Partial<WorkerEnd> = {}): WorkerEnd {
  return {
    exitCode: statusCode,
    stopRequested: false,
    userCodeRan: 'yes',
    relaunchable: false,
    diagnosis: null,
    phasesSeconds: { run: 1 },
    logTail: [],
    relaunch: 0,
    facts: {},
    ...end,
  };
}

export function fakePlugin(worker: FakeWorker): WorkerPlugin {
  return definePlugin({
    type: 'fake',
    displayName: 'Fake',
    description: 'Jobs in memory.',
    configuration: BaseJobConfiguration,
    variables: BaseVariables,
    register: (container) => void container.registerInstance(TOKENS.Worker, worker),
  });
}
