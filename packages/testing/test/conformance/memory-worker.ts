import {
  BaseJobConfiguration,
  BaseVariables,
  BaseWorker,
  definePlugin,
  type FlowRun,
  InfrastructureNotFound,
  InfrastructureStopUnconfirmed,
  type LaunchName,
  LaunchRefused,
  type RunContext,
  WorkerError,
  WorkerNotReadyError,
  WorkerResult,
} from '@worker-host/core';
import type { ContractJob, ContractWorld } from '../../src/conformance/contract.js';

/** A job that exists in memory only. */
export interface MemoryJob {
  readonly pid: string;
  readonly flowRunId: string;
  readonly attemptId: string;
  readonly ended: Promise<number>;
  end(exitCode: number): void;
  isAlive: boolean;
  wasStopped: boolean;
}

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

export class OutageError extends WorkerError {
  readonly code = 'OUTAGE';
}

/** The jobs of one world, by launch. */
export class Memory {
  readonly jobs = new Map<string, MemoryJob>();
  /** What every call to the infrastructure fails with. Null: nothing. */
  failure: Error | null = null;
  /** Runs whose next stop has no effect. */
  readonly ignoredStops = new Set<string>();

  /** @throws the failure of the moment. */
  reach(): void {
    if (this.failure !== null) throw this.failure;
  }

  launch(key: string, flowRunId: string, attemptId: string, job: ContractJob): MemoryJob {
    const pid = `job-${this.jobs.size + 1}`;
    let resolve: (exitCode: number) => void = () => undefined;
    const ended = new Promise<number>((settle) => {
      resolve = settle;
    });
    const launched: MemoryJob = {
      pid,
      flowRunId,
      attemptId,
      ended,
      isAlive: true,
      wasStopped: false,
      end: (exitCode) => {
        launched.isAlive = false;
        resolve(exitCode);
      },
    };
    this.jobs.set(key, launched);
    if (job.kind === 'ends') setImmediate(() => launched.end(job.exitCode));
    return launched;
  }
}

/** A worker that keeps every rule of the contract; tests break one of them in a subclass. */
export class MemoryWorker extends BaseWorker<MemoryConfiguration> {
  readonly type: string = 'memory';
  override readonly capabilities = { canKill: true, canResume: true, canList: true };

  constructor(readonly memory: Memory) {
    super();
  }

  async run(flowRun: FlowRun, configuration: MemoryConfiguration, context: RunContext): Promise<WorkerResult> {
    context.signal.throwIfAborted();
    this.memory.reach();
    const key = this.keyOf(flowRun, context);
    let job = this.memory.jobs.get(key);
    if (!job) {
      context.cancelled.throwIfAborted();
      if (configuration.job === 'broken') throw new CannotLaunchError('It cannot be launched');
      await context.launching({ memory: 'this' });
      context.assertOwned();
      job = this.memory.jobs.get(key) ?? this.memory.launch(key, flowRun.id, context.attempt.id, configuration.job);
    }
    await context.started(job.pid);
    return await this.watch(job, context);
  }

  override async resume(
    pid: string,
    _flowRun: FlowRun,
    _configuration: MemoryConfiguration,
    context: RunContext,
  ): Promise<WorkerResult> {
    return await this.watch(this.jobOf(pid), context);
  }

  override async checkReady(): Promise<void> {
    this.memory.reach();
  }

  override async killInfrastructure(pid: string): Promise<void> {
    this.memory.reach();
    const job = this.jobOf(pid);
    if (this.memory.ignoredStops.delete(job.flowRunId)) throw new InfrastructureStopUnconfirmed(pid, 'running');
    job.wasStopped = true;
    job.end(137);
  }

  override async listInfrastructure() {
    const alive = [...this.memory.jobs.values()].filter(({ isAlive }) => isAlive);
    return alive.map(({ pid, flowRunId, attemptId }) => ({ infrastructurePid: pid, flowRunId, attemptId }));
  }

  override async findInfrastructure({ attempt, relaunch }: LaunchName): Promise<string | null> {
    this.memory.reach();
    return this.memory.jobs.get(`${attempt.flowRunId}/${attempt.id}/${relaunch}`)?.pid ?? null;
  }

  protected keyOf(flowRun: FlowRun, { attempt, relaunch }: RunContext): string {
    return `${flowRun.id}/${attempt.id}/${relaunch}`;
  }

  protected jobOf(pid: string): MemoryJob {
    const job = [...this.memory.jobs.values()].find((candidate) => candidate.pid === pid);
    if (!job) throw new InfrastructureNotFound(pid, 'there never was one');
    return job;
  }

  protected async watch(job: MemoryJob, context: RunContext): Promise<WorkerResult> {
    const { signal, relaunch } = context;
    signal.throwIfAborted();
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    const exitCode = await Promise.race([job.ended, aborted]);
    return this.resultOf(job, exitCode, relaunch);
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

/** A world of workers of one class. */
export function memoryWorld(workerClass: new (memory: Memory) => MemoryWorker): ContractWorld<MemoryConfiguration> {
  const memory = new Memory();
  const jobsOf = (flowRunId: string) => [...memory.jobs.values()].filter((job) => job.flowRunId === flowRunId);
  const failing = (error: Error) => {
    memory.failure = error;
    return () => {
      memory.failure = null;
    };
  };
  return {
    createWorker: () => new workerClass(memory),
    configurationFor: (job) => Object.assign(new MemoryConfiguration(), { job }),
    brokenConfiguration: () => Object.assign(new MemoryConfiguration(), { job: 'broken' as const }),
    release: async (flowRunId) => {
      for (const job of jobsOf(flowRunId)) job.end(0);
    },
    launchesOf: async (flowRunId) => jobsOf(flowRunId).length,
    unknownPid: 'job-0',
    letTimePass: async () => undefined,
    outage: () => failing(new OutageError('The memory is away')),
    withoutAccess: () => failing(new WorkerNotReadyError('memory', 'its key has expired')),
    ignoreNextStop: (flowRunId) => void memory.ignoredStops.add(flowRunId),
    dispose: async () => undefined,
  };
}
