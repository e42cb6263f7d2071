import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  BaseWorker,
  type Clock,
  type FlowRun,
  InfrastructureNotFound,
  InfrastructureStopUnconfirmed,
  type LaunchName,
  linkSignals,
  type RunContext,
  type StartedInfrastructure,
  type WorkerOptions,
  type WorkerResult,
} from '@worker-host/core';
import type { Launch, LaunchFacts } from './launches/launch.js';
import { assertPlaceIsHere, launchPlaceOf } from './launches/launch-place.js';
import { LaunchStore } from './launches/launch-store.js';
import type { LocalProcessConfiguration } from './local-process-configuration.js';
import {
  CommandMissingError,
  LaunchFailedError,
  LaunchLostError,
  WorkingDirectoryNotFoundError,
} from './local-process-errors.js';
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
const KILL_TIMEOUT_MS = 5_000;

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
    return await this.#whileOpen(context, async (signal) => {
      const { relaunch, attempt, launchPlace } = context;
      assertPlaceIsHere(launchPlace, flowRun.id);
      const launches = this.#launches.at(launchPlace);
      const facts: LaunchFacts = { flowRunId: flowRun.id, attemptId: attempt.id, relaunch };
      const launch = launches.launchOf(facts);
      if (!(await launch.isTaken())) {
        context.cancelled.throwIfAborted();
        await assertLaunchable(facts, configuration);
        if (launchPlace === null) await context.launching(launchPlaceOf(launches.directory));
        context.assertOwned();
        await this.#launch(launches, facts, configuration);
      }
      const identity = await this.#identityOf(launch, signal);
      if (identity === null) {
        const isTaken = await launch.isTaken();
        throw new (isTaken ? LaunchLostError : LaunchFailedError)(flowRun.id, launch.directory);
      }
      await context.started(infrastructurePidOf(identity));
      context.progress({ phase: 'running' });
      return await this.#watch(launch, identity, context, signal);
    });
  }

  override async resume(
    infrastructurePid: string,
    _flowRun: FlowRun,
    _configuration: LocalProcessConfiguration,
    context: RunContext,
  ): Promise<WorkerResult> {
    return await this.#whileOpen(context, async (signal) => {
      const identity = parseInfrastructurePid(infrastructurePid);
      const launch = await this.#launches.launchRunBy(identity);
      if (launch === null) throw new InfrastructureNotFound(infrastructurePid, 'no job of this pool was launched so');
      return await this.#watch(launch, identity, context, signal);
    });
  }

  /** Waits for a launch that was started and whose process is not known yet. */
  override async findInfrastructure({ attempt, relaunch, place }: LaunchName): Promise<string | null> {
    const { flowRunId, id: attemptId } = attempt;
    assertPlaceIsHere(place, flowRunId);
    const launch = this.#launches.at(place).launchOf({ flowRunId, attemptId, relaunch });
    if (!(await launch.isPrepared())) return null;
    const identity = await this.#identityOf(launch, this.#closing.signal);
    return identity && infrastructurePidOf(identity);
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
      if (this.clock.monotonicMs() >= untilMs) return await this.#kill(identity, infrastructurePid);
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

  async #kill({ pid }: ProcessIdentity, infrastructurePid: string): Promise<void> {
    signalGroup(pid, 'SIGKILL');
    const untilMs = this.clock.monotonicMs() + KILL_TIMEOUT_MS;
    while (groupExists(pid)) {
      if (this.clock.monotonicMs() >= untilMs) throw new InfrastructureStopUnconfirmed(infrastructurePid, 'running');
      await this.clock.sleep(POLL_MS);
    }
  }

  async #launch(
    launches: LaunchStore,
    facts: LaunchFacts,
    { command, env, workingDirectory }: LocalProcessConfiguration,
  ): Promise<void> {
    const launch = await launches.prepare(facts);
    try {
      await spawnWrapper(launch, {
        command: command ?? '',
        workingDirectory: workingDirectory === null ? launch.workingDirectory : resolve(workingDirectory),
        environment: { ...this.#safeEnvironment(), ...withoutNulls(env) },
      });
    } catch (cause) {
      throw new LaunchFailedError(facts.flowRunId, launch.directory, { cause });
    }
  }

  /** The only variables of the worker's own environment that reach a job. */
  #safeEnvironment(): Record<string, string> {
    const { PATH, HOME, LANG } = this.options.environment;
    return withoutNulls({ PATH, HOME, LANG });
  }

  /** Null: it has no process, and will not get one. */
  async #identityOf(launch: Launch, signal: AbortSignal): Promise<ProcessIdentity | null> {
    const untilMs = this.clock.monotonicMs() + LAUNCH_TIMEOUT_MS;
    for (;;) {
      const identity = await launch.identity();
      if (identity !== null) return identity;
      if (this.clock.monotonicMs() >= untilMs) return null;
      await this.clock.sleep(POLL_MS, signal);
    }
  }

  /** Calls a function with a signal that is aborted when the host stops watching or the worker is torn down. */
  async #whileOpen<T>(context: RunContext, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal, dispose } = linkSignals(context.signal, this.#closing.signal);
    try {
      signal.throwIfAborted();
      return await call(signal);
    } finally {
      dispose();
    }
  }

  async #watch(launch: Launch, identity: ProcessIdentity, context: RunContext, signal: AbortSignal) {
    const { hostCollectsOutput } = this.options;
    return await watchLaunch(launch, identity, context, signal, { clock: this.clock, hostCollectsOutput });
  }
}

/** @throws a LaunchRefused if retrying the launch cannot succeed. */
async function assertLaunchable(
  { flowRunId }: LaunchFacts,
  { command, workingDirectory }: LocalProcessConfiguration,
): Promise<void> {
  if (!command) throw new CommandMissingError(flowRunId);
  if (workingDirectory !== null) await assertDirectory(workingDirectory);
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
