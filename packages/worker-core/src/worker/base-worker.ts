import type { BaseJobConfiguration } from '../configuration/base-job-configuration.js';
import type { FlowRun, RunResources } from '../orchestration/model.js';
import type { Attempt, LaunchPlace } from '../orchestration/run-lease.js';
import type { RunContext } from './run-context.js';
import { NotSupportedByWorkerError } from './worker-errors.js';
import type { WorkerResult } from './worker-result.js';

/** Optional methods that a worker type implements. The host calls only declared methods. */
export interface WorkerCapabilities {
  /** `killInfrastructure` works. */
  readonly canKill: boolean;
  /** `resume` works: the worker can watch a job that an earlier process launched. */
  readonly canResume: boolean;
  /** `listInfrastructure` works. */
  readonly canList: boolean;
}

/** Infrastructure that a worker of this type started and that still exists. */
export interface StartedInfrastructure {
  readonly infrastructurePid: string;
  readonly flowRunId: string;
  /** Id of the attempt it was launched for; null if unknown. */
  readonly attemptId: string | null;
  /** Id of the pool it was launched for; null or absent if unknown. */
  readonly workPoolId?: string | null;
}

/** Identifies one launch of a run. */
export interface LaunchName {
  readonly attempt: Attempt;
  /** Number of the launch within the attempt; 0 is the first. */
  readonly relaunch: number;
  /** Launch place. Null: not stored. */
  readonly place: LaunchPlace | null;
}

/** Health of a worker, as the worker sees it. */
export interface WorkerHealth {
  readonly isHealthy: boolean;
  /** One line per problem; empty if healthy. */
  readonly problems: readonly string[];
}

/**
 * Driver of one type of infrastructure: launches a run, watches it until it has ended, and can stop it. The host does everything
 * else: polling, claims, states, queues.
 *
 * The host calls `setup` once before any other method, and `teardown` once at the end, even after a failed setup.
 */
export abstract class BaseWorker<
  Configuration extends BaseJobConfiguration = BaseJobConfiguration,
  Result extends WorkerResult = WorkerResult,
> {
  /** Type of the pools that the worker serves, such as `local-process`. */
  abstract readonly type: string;

  readonly capabilities: WorkerCapabilities = { canKill: false, canResume: false, canList: false };

  /** Prepares the worker. The host waits at most 60 seconds. Default: does nothing. */
  async setup(): Promise<void> {}

  /**
   * Closes the resources of the worker, and does not touch infrastructure. Safe to call twice. The host waits at most 5 seconds.
   * Default: does nothing.
   */
  async teardown(): Promise<void> {}

  /**
   * Checks that the worker can reach its infrastructure with a configuration: credentials, region, and other prerequisites of the
   * worker rather than of a run. Read-only and cheap. The host calls it at start, at intervals, and after a launch that failed with
   * {@link WorkerNotReadyError}. While it rejects, the host claims no runs and reports the problem. Default: ready.
   *
   * @throws WorkerNotReadyError
   */
  async checkReady(_configuration: Configuration): Promise<void> {}

  /**
   * Returns the resources that a run with this configuration requests, which `--limit-cpu` and `--limit-memory` count. Null:
   * unknown, so that the run counts as nothing. Called before a run is claimed, and while it is active. Default: null.
   */
  resourcesOf(_configuration: Configuration): RunResources | null {
    return null;
  }

  /**
   * Prepares data that the runs of a pool share, such as a cached lookup, before the first of them is launched. The configuration is
   * that of the pool, without job variables. The host calls it at intervals while it claims runs, and ignores failures.
   * Default: does nothing.
   */
  async prewarm(_configuration: Configuration): Promise<void> {}

  /**
   * Launches the run, calls `context.started` as soon as the infrastructure exists, and resolves when the job has ENDED.
   * A repeated call with the same attempt and relaunch never launches a second job.
   *
   * Before `context.started` was called, rejects with {@link LaunchRefused} if the launch is refused and a retry cannot succeed; only
   * this makes the run Crashed. Rejects with {@link WorkerNotReadyError} if a prerequisite of the worker is missing (credentials,
   * region), and with the signal's reason when `context.signal` or `context.cancelled` is aborted. The host retries after any other
   * error.
   */
  abstract run(flowRun: FlowRun, configuration: Configuration, context: RunContext): Promise<Result>;

  /** Launches the run and resolves with the identifier of its infrastructure, without watching it. */
  initiateRun(_flowRun: FlowRun, _configuration: Configuration, _context: RunContext): Promise<string> {
    return Promise.reject(new NotSupportedByWorkerError(this.type, 'initiateRun'));
  }

  /** Watches a job that an earlier process launched until it has ended. Needs `canResume`. */
  resume(
    _infrastructurePid: string,
    _flowRun: FlowRun,
    _configuration: Configuration,
    _context: RunContext,
  ): Promise<Result> {
    return Promise.reject(new NotSupportedByWorkerError(this.type, 'resume'));
  }

  /**
   * Requests the stop of a job. Resolves when the infrastructure, described after the request, is stopping or stopped; `run` or
   * `resume` reports the end. The host can call it again while the job stops. Needs `canKill`.
   *
   * @param graceSeconds time that the job has to exit, if the infrastructure supports it. Default: 30.
   * @throws InfrastructureNotFound if the infrastructure certainly does not exist (any more); InfrastructureNotAvailable;
   * InfrastructureStopUnconfirmed if the request was sent but the job is still running. After the last two the host repeats the
   * call.
   */
  killInfrastructure(_infrastructurePid: string, _configuration: Configuration, _graceSeconds = 30): Promise<void> {
    return Promise.reject(new NotSupportedByWorkerError(this.type, 'killInfrastructure'));
  }

  /**
   * Returns the part of a launch place that says where {@link listInfrastructure} has to search, without what differs between
   * launches, such as the number of a token. The control plane keeps each one for the pool, so there should be few. It is itself a
   * place for {@link listInfrastructure}. Default: the place.
   */
  searchPlaceOf(place: LaunchPlace): LaunchPlace {
    return place;
  }

  /**
   * Returns the infrastructure that is alive and was started for runs of this worker's pool. Needs `canList`.
   *
   * @param _places earlier launch and search places of the pool, to search in addition to those that the configurations name.
   */
  listInfrastructure(
    _configurations: readonly Configuration[],
    _places: readonly LaunchPlace[],
  ): Promise<readonly StartedInfrastructure[]> {
    return Promise.reject(new NotSupportedByWorkerError(this.type, 'listInfrastructure'));
  }

  /**
   * Returns the identifier of a launch that an earlier owner sent and whose identifier was never stored. Null: the launch certainly
   * does not exist; if the infrastructure shows launches late, wait or reject instead. The default searches
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
