import {
  BaseJobConfiguration,
  BaseVariables,
  BaseWorker,
  definePlugin,
  type FlowRun,
  InfrastructureNotFound,
  InfrastructureStopUnconfirmed,
  isWorkerError,
  type LaunchName,
  LaunchRefused,
  linkSignals,
  type RunContext,
  WorkerResult,
} from '@worker-host/core';
import type { ContractJob } from '../../src/conformance/contract.js';
import { type Memory, type MemoryJob, NoCapacityError } from './memory.js';

const POLL_MS = 1_000;

export class MemoryConfiguration extends BaseJobConfiguration {
  job: ContractJob | 'broken' = { kind: 'ends', exitCode: 0 };
}

export const memoryPlugin = definePlugin({
  type: 'memory',
  displayName: 'Memory',
  description: 'Jobs that exist in memory only.',
  configuration: MemoryConfiguration,
  variables: BaseVariables,
  register: () => undefined,
});

class CannotLaunchError extends LaunchRefused {
  override readonly code = 'CANNOT_LAUNCH';
}

/** A worker that conforms to every rule of the contract; tests break one of them in a subclass. */
export class MemoryWorker extends BaseWorker<MemoryConfiguration> {
  readonly type: string = 'memory';
  override readonly capabilities = { canKill: true, canResume: true, canList: true };
  protected readonly closing = new AbortController();

  constructor(
    readonly memory: Memory,
    readonly pool = 'a-pool',
  ) {
    super();
  }

  override async teardown(): Promise<void> {
    this.closing.abort(new Error('The worker was torn down'));
  }

  async run(flowRun: FlowRun, configuration: MemoryConfiguration, context: RunContext): Promise<WorkerResult> {
    context.signal.throwIfAborted();
    const key = this.keyOf(flowRun, context);
    const job =
      this.memory.find((_job, each) => each === key) ?? (await this.launched(key, flowRun, configuration, context));
    await context.started(job.pid);
    context.progress({ phase: 'running' });
    return await this.watch(job.pid, context);
  }

  override async resume(
    pid: string,
    _flowRun: FlowRun,
    _configuration: MemoryConfiguration,
    context: RunContext,
  ): Promise<WorkerResult> {
    return await this.watch(pid, context);
  }

  override async checkReady(_configuration: MemoryConfiguration): Promise<void> {
    this.memory.check();
  }

  override async killInfrastructure(
    pid: string,
    _configuration: MemoryConfiguration,
    graceSeconds = 30,
  ): Promise<void> {
    const isStopping = this.memory.stop(this.jobOf(pid), graceSeconds);
    if (!isStopping) throw new InfrastructureStopUnconfirmed(pid, 'running');
  }

  override async listInfrastructure() {
    const alive = this.memory.list(this.pool);
    return alive.map(({ pid, flowRunId, attemptId }) => ({ infrastructurePid: pid, flowRunId, attemptId }));
  }

  override async findInfrastructure({ attempt, relaunch }: LaunchName): Promise<string | null> {
    const key = `${attempt.flowRunId}/${attempt.id}/${relaunch}`;
    return this.memory.find((_job, each) => each === key)?.pid ?? null;
  }

  protected keyOf(flowRun: FlowRun, { attempt, relaunch }: RunContext): string {
    return `${flowRun.id}/${attempt.id}/${relaunch}`;
  }

  protected async launched(
    key: string,
    flowRun: FlowRun,
    { job, env, labels }: MemoryConfiguration,
    context: RunContext,
  ): Promise<MemoryJob> {
    context.cancelled.throwIfAborted();
    if (job === 'broken') throw new CannotLaunchError('It cannot be launched');
    if (context.launchPlace === null) await context.launching({ memory: 'this' });
    const { attempt, relaunch } = context;
    const launch = { flowRunId: flowRun.id, attemptId: attempt.id, relaunch, pool: this.pool, job, env, labels };
    const sinceMs = this.memory.clock.nowMs();
    for (;;) {
      context.assertOwned();
      try {
        return this.memory.launch(key, launch);
      } catch (error) {
        if (!(error instanceof NoCapacityError)) throw error;
        context.progress({ phase: 'waiting-for-capacity', sinceMs, reason: error.message });
        await this.pause(context.signal, context.cancelled);
      }
    }
  }

  protected async pause(...signals: readonly AbortSignal[]): Promise<void> {
    const { signal, dispose } = linkSignals(...signals, this.closing.signal);
    try {
      await this.memory.clock.sleep(POLL_MS, signal);
    } finally {
      dispose();
    }
  }

  /** @throws InfrastructureNotFound */
  protected jobOf(pid: string): MemoryJob {
    const job = this.memory.find((each) => each.pid === pid);
    if (!job) throw new InfrastructureNotFound(pid, 'there never was one');
    return job;
  }

  protected async watch(pid: string, context: RunContext): Promise<WorkerResult> {
    let seen = this.linesSeen(context);
    for (;;) {
      context.signal.throwIfAborted();
      const job = this.described(pid);
      if (job !== null) {
        // Nothing happens between reading the end and reading the lines.
        const { exitCode, lines } = job;
        const fresh = lines.slice(seen).map((message) => ({ message, timestampMs: this.memory.clock.nowMs() }));
        seen += fresh.length;
        if (fresh.length > 0) context.output(fresh, String(seen));
        if (exitCode !== null) return this.resultOf(job, exitCode, context.relaunch);
      }
      await this.pause(context.signal);
    }
  }

  protected linesSeen({ outputCursor }: RunContext): number {
    return Number(outputCursor ?? 0);
  }

  /** Null: temporarily not visible. @throws InfrastructureNotFound */
  protected described(pid: string): MemoryJob | null {
    try {
      return this.jobOf(pid);
    } catch (error) {
      if (isWorkerError(error) && error.code === 'OUTAGE') return null;
      throw error;
    }
  }

  protected resultOf(job: MemoryJob, exitCode: number, relaunch: number): WorkerResult {
    return new WorkerResult(job.pid, exitCode, {
      exitCode,
      stopRequested: job.wasStopped,
      userCodeRan: 'yes',
      relaunchable: false,
      diagnosis: null,
      phasesSeconds: {},
      logTail: [],
      relaunch,
      facts: {},
    });
  }
}
