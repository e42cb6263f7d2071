import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  BaseWorker,
  type Clock,
  type FlowRun,
  InfrastructureNotFound,
  type RunContext,
  type StartedInfrastructure,
  type WorkerOptions,
  type WorkerResult,
} from '@worker-host/core';
import type { Launch, LaunchFacts } from './launches/launch.js';
import { LaunchStore } from './launches/launch-store.js';
import type { LocalProcessConfiguration } from './local-process-configuration.js';
import { CommandMissingError, LaunchFailedError, WorkingDirectoryNotFoundError } from './local-process-errors.js';
import {
  groupExists,
  infrastructurePidOf,
  isAlive,
  type ProcessIdentity,
  parseInfrastructurePid,
  signalGroup,
} from './processes/process-identity.js';
import { spawnWrapper } from './processes/spawn-wrapper.js';
import { watchLaunch } from './watch-launch.js';

const POLL_MS = 20;
const LAUNCH_TIMEOUT_MS = 10_000;

/** Runs each job as a process group of this machine. The jobs outlive the worker; a later one finds them again. */
export class LocalProcessWorker extends BaseWorker<LocalProcessConfiguration> {
  readonly type = 'local-process';
  override readonly capabilities = { canKill: true, canResume: true, canList: true };
  readonly #launches: LaunchStore;
  readonly #closing = new AbortController();

  constructor(
    private readonly options: WorkerOptions,
    private readonly clock: Clock,
  ) {
    super();
    this.#launches = LaunchStore.of(options);
  }

  override async setup(): Promise<void> {
    await this.#launches.prune(Date.now());
  }

  override async teardown(): Promise<void> {
    this.#closing.abort(new Error('The worker was torn down'));
  }

  async run(flowRun: FlowRun, configuration: LocalProcessConfiguration, context: RunContext): Promise<WorkerResult> {
    const signal = AbortSignal.any([context.signal, this.#closing.signal]);
    signal.throwIfAborted();
    const { relaunch, attempt } = context;
    const facts: LaunchFacts = { flowRunId: flowRun.id, attemptId: attempt.id, relaunch };
    const launch = this.#launches.launchOf(facts);
    if (!(await launch.isTaken())) {
      context.cancelled.throwIfAborted();
      await this.#launch(facts, configuration);
    }
    const identity = await this.#identityOf(launch, flowRun.id, signal);
    await context.started(infrastructurePidOf(identity));
    context.progress({ phase: 'running' });
    return await this.#watch(launch, identity, context, signal);
  }

  override async resume(
    infrastructurePid: string,
    _flowRun: FlowRun,
    _configuration: LocalProcessConfiguration,
    context: RunContext,
  ): Promise<WorkerResult> {
    const signal = AbortSignal.any([context.signal, this.#closing.signal]);
    signal.throwIfAborted();
    const identity = parseInfrastructurePid(infrastructurePid);
    const launch = await this.#launches.launchRunBy(identity);
    if (launch === null) throw new InfrastructureNotFound(infrastructurePid, 'no job of this pool was launched so');
    return await this.#watch(launch, identity, context, signal);
  }

  override async killInfrastructure(
    infrastructurePid: string,
    _configuration: LocalProcessConfiguration,
    graceSeconds = 30,
  ): Promise<void> {
    const identity = parseInfrastructurePid(infrastructurePid);
    const launch = await this.#launches.launchRunBy(identity);
    if (launch === null || (await launch.exitCode()) !== null || !(await isAlive(identity))) {
      throw new InfrastructureNotFound(infrastructurePid, 'the process has ended');
    }
    await launch.markStopRequested();
    signalGroup(identity.pid, 'SIGTERM');
    const untilMs = this.clock.monotonicMs() + graceSeconds * 1000;
    while (groupExists(identity.pid)) {
      if (this.clock.monotonicMs() >= untilMs) {
        signalGroup(identity.pid, 'SIGKILL');
        return;
      }
      await this.clock.sleep(POLL_MS);
    }
  }

  override async listInfrastructure(): Promise<readonly StartedInfrastructure[]> {
    const started: StartedInfrastructure[] = [];
    for (const launch of await this.#launches.all()) {
      const [facts, identity] = [await launch.facts(), await launch.identity()];
      if (facts === null || identity === null) continue;
      if ((await launch.exitCode()) !== null || !(await isAlive(identity))) continue;
      const { flowRunId, attemptId } = facts;
      started.push({ infrastructurePid: infrastructurePidOf(identity), flowRunId, attemptId });
    }
    return started;
  }

  async #launch(facts: LaunchFacts, { command, env, workingDirectory }: LocalProcessConfiguration): Promise<void> {
    if (!command) throw new CommandMissingError(facts.flowRunId);
    if (workingDirectory !== null) await assertDirectory(workingDirectory);
    const launch = await this.#launches.prepare(facts);
    try {
      await spawnWrapper(launch, {
        command,
        workingDirectory: workingDirectory === null ? launch.workingDirectory : resolve(workingDirectory),
        environment: { ...this.#safeEnvironment(), ...withoutNulls(env) },
      });
    } catch (cause) {
      throw new LaunchFailedError(facts.flowRunId, launch.directory, { cause });
    }
  }

  /** Nothing of the worker's own environment but this reaches a job. */
  #safeEnvironment(): Record<string, string> {
    const { PATH, HOME, LANG } = this.options.environment;
    return withoutNulls({ PATH, HOME, LANG });
  }

  async #identityOf(launch: Launch, flowRunId: string, signal: AbortSignal): Promise<ProcessIdentity> {
    const untilMs = this.clock.monotonicMs() + LAUNCH_TIMEOUT_MS;
    for (;;) {
      const identity = await launch.identity();
      if (identity !== null) return identity;
      if (this.clock.monotonicMs() >= untilMs) throw new LaunchFailedError(flowRunId, launch.directory);
      await this.clock.sleep(POLL_MS, signal);
    }
  }

  async #watch(launch: Launch, identity: ProcessIdentity, context: RunContext, signal: AbortSignal) {
    const { hostCollectsOutput } = this.options;
    return await watchLaunch(launch, identity, context, signal, { clock: this.clock, hostCollectsOutput });
  }
}

async function assertDirectory(directory: string): Promise<void> {
  try {
    if ((await stat(directory)).isDirectory()) return;
  } catch (cause) {
    throw new WorkingDirectoryNotFoundError(directory, { cause });
  }
  throw new WorkingDirectoryNotFoundError(directory);
}

function withoutNulls(variables: Readonly<Record<string, string | null | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
