import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BaseWorker,
  type Clock,
  type FlowRun,
  InfrastructureNotFound,
  InfrastructureStopUnconfirmed,
  type LaunchName,
  type LaunchPlace,
  LaunchRefused,
  linkSignals,
  type RunContext,
  type StartedInfrastructure,
  type WorkerOptions,
  WorkerResult,
} from '@worker-host/core';
import { Infrastructure, type JobView } from './infrastructure.js';
import type { JobConfiguration } from './job-configuration.js';

const POLL_MS = 100;

/** The job names no command, and there is no default one. */
class CommandMissingError extends LaunchRefused {
  override readonly code = 'COMMAND_MISSING';

  constructor(flowRunId: string) {
    super(`The job has no command [flowRunId=${flowRunId}]. Give it the job variable "command".`);
  }
}

/** Runs each job on the infrastructure, under a name made of run, attempt and relaunch: the same launch, the same job. */
export class JobWorker extends BaseWorker<JobConfiguration> {
  readonly type = '__TYPE__';
  override readonly capabilities = { canKill: true, canResume: true, canList: true };
  readonly #directory: string;
  readonly #closing = new AbortController();

  constructor(
    private readonly options: WorkerOptions,
    private readonly clock: Clock,
  ) {
    super();
    const { environment, workPoolName } = options;
    const home = environment.WORKER_HOST_HOME || join(tmpdir(), 'worker-host');
    this.#directory = join(home, this.type, encodeURIComponent(workPoolName));
  }

  override async teardown(): Promise<void> {
    this.#closing.abort(new Error('The worker was torn down'));
  }

  async run(flowRun: FlowRun, configuration: JobConfiguration, context: RunContext): Promise<WorkerResult> {
    context.signal.throwIfAborted();
    const { attempt, relaunch, launchPlace } = context;
    const infrastructure = this.#at(launchPlace);
    const name = nameOf(flowRun.id, attempt.id, relaunch);
    if ((await infrastructure.describe(name)) === null) {
      context.cancelled.throwIfAborted();
      const { command, env, shell } = configuration;
      if (!command) throw new CommandMissingError(flowRun.id);
      // A later owner looks, and launches, where this is stored.
      if (launchPlace === null) await context.launching({ directory: infrastructure.directory });
      // Immediately before the request: another worker may own the run by now.
      context.assertOwned();
      const facts = { flowRunId: flowRun.id, attemptId: attempt.id };
      await infrastructure.start(name, {
        command,
        shell: shell ?? '/bin/sh',
        environment: this.#environment(env),
        facts,
      });
    }
    await context.started(name);
    context.progress({ phase: 'running' });
    return await this.#watch(infrastructure, name, context);
  }

  override async resume(
    name: string,
    _flowRun: FlowRun,
    _configuration: JobConfiguration,
    context: RunContext,
  ): Promise<WorkerResult> {
    return await this.#watch(this.#at(context.launchPlace), name, context);
  }

  override async killInfrastructure(name: string, _configuration: JobConfiguration, graceSeconds = 30): Promise<void> {
    const infrastructure = this.#at(null);
    const job = await infrastructure.describe(name);
    if (job === null || job.hasEnded) throw new InfrastructureNotFound(name, 'the job has ended, or never was');
    await infrastructure.stop(name);
    const untilMs = this.clock.monotonicMs() + graceSeconds * 1000;
    for (;;) {
      if ((await infrastructure.describe(name))?.hasEnded !== false) return;
      if (this.clock.monotonicMs() >= untilMs) break;
      await this.clock.sleep(POLL_MS);
    }
    await infrastructure.stop(name, { isForced: true });
    if ((await infrastructure.describe(name))?.hasEnded === false)
      throw new InfrastructureStopUnconfirmed(name, 'running');
  }

  override async listInfrastructure(): Promise<readonly StartedInfrastructure[]> {
    const jobs = await this.#at(null).list();
    return jobs.map(({ name, facts }) => ({ infrastructurePid: name, ...facts }));
  }

  override async findInfrastructure({ attempt, relaunch, place }: LaunchName): Promise<string | null> {
    const name = nameOf(attempt.flowRunId, attempt.id, relaunch);
    return (await this.#at(place).describe(name)) === null ? null : name;
  }

  #at(place: LaunchPlace | null): Infrastructure {
    return new Infrastructure(typeof place?.directory === 'string' ? place.directory : this.#directory);
  }

  /** Nothing of the worker's own environment but this reaches a job. */
  #environment(env: Readonly<Record<string, string | null>>): Record<string, string> {
    const { PATH, HOME, LANG } = this.options.environment;
    const all = Object.entries({ PATH, HOME, LANG, ...env });
    return Object.fromEntries(all.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  }

  /** Stays with a job to its end, and copies its output. */
  async #watch(infrastructure: Infrastructure, name: string, context: RunContext): Promise<WorkerResult> {
    const { signal, dispose } = linkSignals(context.signal, this.#closing.signal);
    let offset = Number(context.outputCursor ?? 0);
    try {
      for (;;) {
        signal.throwIfAborted();
        const job = await infrastructure.describe(name);
        if (job === null) throw new InfrastructureNotFound(name, 'no job of this pool has that name');
        // Described before it is read: what an ended job printed is all there.
        for (;;) {
          const { lines, nextOffset } = await infrastructure.readOutput(name, offset, job.hasEnded);
          if (nextOffset === offset) break;
          signal.throwIfAborted();
          offset = nextOffset;
          const timestampMs = this.clock.nowMs();
          if (this.options.hostCollectsOutput)
            context.output(
              lines.map((message) => ({ message, timestampMs })),
              String(offset),
            );
        }
        if (job.hasEnded) return resultOf(name, job, context.relaunch);
        await this.clock.sleep(POLL_MS, signal);
      }
    } finally {
      dispose();
    }
  }
}

/** The same name for the same launch, in every process. */
function nameOf(flowRunId: string, attemptId: string, relaunch: number): string {
  return [flowRunId, attemptId, relaunch].map(encodeURIComponent).join('_');
}

function resultOf(name: string, { exitCode, stopRequested }: JobView, relaunch: number): WorkerResult {
  return new WorkerResult(name, exitCode ?? -1, {
    exitCode,
    stopRequested,
    userCodeRan: 'yes',
    relaunchable: false,
    diagnosis: null,
    phasesSeconds: {},
    logTail: [],
    relaunch,
    facts: {},
  });
}
