import type { BaseJobConfiguration } from '../configuration/base-job-configuration.js';
import type { FlowRun } from '../orchestration/nouns.js';
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

  /** Gets ready. Default: nothing to do. */
  async setup(): Promise<void> {}

  /** Lets go of everything held; infrastructure is left as it is. Safe to call twice. Default: nothing to do. */
  async teardown(): Promise<void> {}

  /**
   * Runs are about to be launched, most of them with a configuration much like this one (the pool's, with nobody's job
   * variables): gets ready what they share, such as a look-up that is kept. Called now and then while runs are claimed; a
   * failure does no harm. Optional.
   */
  anticipate?(_configuration: Configuration): Promise<void>;

  /**
   * Launches the run, calls `context.started` once the infrastructure exists, and resolves when the job has ENDED.
   * Rejects when it could not be launched, or with the signal's reason when `context.signal` is aborted.
   * Repeating a call with the same attempt and relaunch never launches a second time.
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
   * Stops a job. Resolves when the infrastructure has taken the order; the end is seen by `run` or `resume`.
   * Throws {@link InfrastructureNotFound} or {@link InfrastructureNotAvailable}. Needs `canKill`.
   *
   * @param graceSeconds time the job gets to end by itself, where the infrastructure allows it to be set. Default: 30.
   */
  killInfrastructure(_infrastructurePid: string, _configuration: Configuration, _graceSeconds = 30): Promise<void> {
    return Promise.reject(new NotSupportedByWorkerError(this.type, 'killInfrastructure'));
  }

  /** All that is alive and was started for runs of this worker's pool. Needs `canList`. */
  listInfrastructure(_configurations: readonly Configuration[]): Promise<readonly StartedInfrastructure[]> {
    return Promise.reject(new NotSupportedByWorkerError(this.type, 'listInfrastructure'));
  }

  /** Default: healthy. */
  health(): WorkerHealth {
    return { isHealthy: true, problems: [] };
  }
}
