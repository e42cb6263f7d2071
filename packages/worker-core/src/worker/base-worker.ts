import type { BaseJobConfiguration } from '../configuration/base-job-configuration.js';
import type { FlowRun } from '../orchestration/model.js';
import type { Attempt, LaunchPlace } from '../orchestration/run-lease.js';
import type { RunContext } from './run-context.js';
import { NotSupportedByWorkerError } from './worker-errors.js';
import type { WorkerResult } from './worker-result.js';

/** What a worker type can do beyond `run`. Declared, never found out by failing. */
export interface WorkerCapabilities {
  /** `killInfrastructure` works. */
  readonly canKill: boolean;
  /** `resume` works: a run launched by an earlier process can be watched to its end. */
  readonly canResume: boolean;
  /** `listInfrastructure` works. */
  readonly canList: boolean;
}

/** One piece of infrastructure that a worker of this type started and that is still there. */
export interface StartedInfrastructure {
  readonly infrastructurePid: string;
  readonly flowRunId: string;
  /** Id of the attempt it was launched for; null where it cannot be told. */
  readonly attemptId: string | null;
  /** Id of the pool it was launched for; null or absent where it cannot be told. */
  readonly workPoolId?: string | null;
}

/** What a run asks of its infrastructure. */
export interface RunResources {
  readonly vcpus: number;
  readonly memoryMib: number;
}

/** Names one launch of a run. */
export interface LaunchName {
  readonly attempt: Attempt;
  /** 0 the first. */
  readonly relaunch: number;
  /** Where it was sent. Null: not stored. */
  readonly place: LaunchPlace | null;
}

/** A worker's own view of itself. */
export interface WorkerHealth {
  readonly isHealthy: boolean;
  /** One line a problem; empty when healthy. */
  readonly problems: readonly string[];
}

/**
 * An infrastructure driver: it launches one run, stays with it, and can stop it. It has no loops over runs, knows no
 * control plane and keeps no queue; the host does all that.
 *
 * The host calls `setup` once before anything else and `teardown` once at the end, even after a failed setup.
 */
export abstract class BaseWorker<
  Configuration extends BaseJobConfiguration = BaseJobConfiguration,
  Result extends WorkerResult = WorkerResult,
> {
  /** The pool type served, such as `local-process`. */
  abstract readonly type: string;

  readonly capabilities: WorkerCapabilities = { canKill: false, canResume: false, canList: false };

  /** Prepares the worker. The host gives it 60 seconds. Default: nothing to do. */
  async setup(): Promise<void> {}

  /**
   * Closes everything the worker holds; infrastructure is left as it is. Safe to call twice. The host gives it 5 seconds.
   * Default: nothing to do.
   */
  async teardown(): Promise<void> {}

  /**
   * Checks that the infrastructure can be reached with a configuration: credentials and whatever else belongs to the
   * worker and not to a run. Read-only and cheap; called at start, in intervals, and after a launch that failed with
   * {@link WorkerNotReadyError}. While it rejects, the host claims no runs and says why. Default: ready.
   *
   * @throws WorkerNotReadyError
   */
  async checkReady(_configuration: Configuration): Promise<void> {}

  /**
   * Returns what a run with this configuration asks for, against which `--limit-cpu` and `--limit-memory` count it. Null:
   * not known, so that it counts nothing. Called before a run is claimed, and while it is active. Default: null.
   */
  resourcesOf(_configuration: Configuration): RunResources | null {
    return null;
  }

  /**
   * Prepares what the runs of a pool share, such as a look-up that is kept, before the first of them is launched. Given
   * the pool's configuration without job variables. Called at intervals while runs are claimed; a failure does no harm.
   * Default: nothing to do.
   */
  async prewarm(_configuration: Configuration): Promise<void> {}

  /**
   * Launches the run, calls `context.started` once the infrastructure exists, and resolves when the job has ENDED.
   * Repeating a call with the same attempt and relaunch never launches a second time.
   *
   * Before `context.started` was called it rejects with {@link LaunchRefused} where the launch is refused and no later
   * try of the same launch can succeed: only that makes the run Crashed. It rejects with {@link WorkerNotReadyError} where
   * the fault is the worker's (credentials, region), and with the signal's reason when `context.signal` or
   * `context.cancelled` is aborted. The host repeats a call that rejected with anything else.
   */
  abstract run(flowRun: FlowRun, configuration: Configuration, context: RunContext): Promise<Result>;

  /** Launches the run and resolves with what names its infrastructure, without staying to its end. */
  initiateRun(_flowRun: FlowRun, _configuration: Configuration, _context: RunContext): Promise<string> {
    return Promise.reject(new NotSupportedByWorkerError(this.type, 'initiateRun'));
  }

  /** Watches a job that an earlier process launched, to its end. Needs `canResume`. */
  resume(
    _infrastructurePid: string,
    _flowRun: FlowRun,
    _configuration: Configuration,
    _context: RunContext,
  ): Promise<Result> {
    return Promise.reject(new NotSupportedByWorkerError(this.type, 'resume'));
  }

  /**
   * Stops a job. Resolves once the infrastructure, described after the order, is stopping or stopped; the end is seen by
   * `run` or `resume`. May be called again while the job stops. Needs `canKill`.
   *
   * @param graceSeconds time the job gets to end by itself, where the infrastructure allows it to be set. Default: 30.
   * @throws InfrastructureNotFound where it is certain that there is none (any more); InfrastructureNotAvailable;
   * InfrastructureStopUnconfirmed where the order was sent and the job is still seen running. The host repeats the call
   * after all of them but the first.
   */
  killInfrastructure(_infrastructurePid: string, _configuration: Configuration, _graceSeconds = 30): Promise<void> {
    return Promise.reject(new NotSupportedByWorkerError(this.type, 'killInfrastructure'));
  }

  /**
   * All that is alive and was started for runs of this worker's pool. Needs `canList`.
   *
   * @param _places where runs of the pool were launched earlier, to be searched beside what the configurations name.
   */
  listInfrastructure(
    _configurations: readonly Configuration[],
    _places: readonly LaunchPlace[],
  ): Promise<readonly StartedInfrastructure[]> {
    return Promise.reject(new NotSupportedByWorkerError(this.type, 'listInfrastructure'));
  }

  /**
   * The infrastructure of a launch that an earlier owner sent and whose pid was never stored. Null: there is none, for
   * certain; a worker whose infrastructure shows launches late waits or rejects rather than guess. The default searches
   * {@link listInfrastructure}. Needs `canList`.
   */
  async findInfrastructure(launch: LaunchName, configuration: Configuration): Promise<string | null> {
    const all = await this.listInfrastructure([configuration], launch.place === null ? [] : [launch.place]);
    const found = all.find(
      ({ flowRunId, attemptId }) =>
        flowRunId === launch.attempt.flowRunId && (attemptId === null || attemptId === launch.attempt.id),
    );
    return found?.infrastructurePid ?? null;
  }

  /** Default: healthy. */
  health(): WorkerHealth {
    return { isHealthy: true, problems: [] };
  }
}
