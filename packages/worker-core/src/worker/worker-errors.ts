import { isWorkerError, WorkerError } from '../errors/worker-error.js';

/** The infrastructure does not exist (any more): there is nothing to stop or watch. */
export class InfrastructureNotFound extends WorkerError {
  readonly code = 'INFRASTRUCTURE_NOT_FOUND';

  constructor(infrastructurePid: string, reason: string, options?: ErrorOptions) {
    super(`Infrastructure not found [pid=${infrastructurePid}]: ${reason}`, {
      ...options,
      details: { infrastructurePid, reason },
    });
  }
}

/** The infrastructure exists but cannot be reached from this worker (another account, cluster or machine). */
export class InfrastructureNotAvailable extends WorkerError {
  readonly code = 'INFRASTRUCTURE_NOT_AVAILABLE';

  constructor(infrastructurePid: string, reason: string, options?: ErrorOptions) {
    super(`Infrastructure not available to this worker [pid=${infrastructurePid}]: ${reason}`, {
      ...options,
      details: { infrastructurePid, reason },
    });
  }
}

/** The worker type does not declare this capability. */
export class NotSupportedByWorkerError extends WorkerError {
  readonly code = 'NOT_SUPPORTED_BY_WORKER';

  constructor(workerType: string, ability: string) {
    super(`The worker type does not support the operation [type=${workerType}, ability=${ability}]`, {
      details: { workerType, ability },
    });
  }
}

/** The stop of a job was requested, but the job is still running. The request is repeated. */
export class InfrastructureStopUnconfirmed extends WorkerError {
  readonly code = 'INFRASTRUCTURE_STOP_UNCONFIRMED';

  constructor(infrastructurePid: string, seen: string, options?: ErrorOptions) {
    super(
      `The infrastructure has not stopped yet [pid=${infrastructurePid}, seen=${seen}]. The worker repeats the request.`,
      {
        ...options,
        details: { infrastructurePid, seen },
      },
    );
  }
}

/**
 * The launch of a run is refused: nothing was launched, and retrying the same launch cannot succeed. The only launch
 * failure that makes a run Crashed. Plugins throw it, or subclasses with their own code.
 */
export class LaunchRefused extends WorkerError {
  readonly code: string = 'LAUNCH_REFUSED';
  /** Marks the class across installed copies of this package; see {@link isLaunchRefused}. */
  readonly isLaunchRefusal = true;
}

/** Returns whether an error is a {@link LaunchRefused}, of any installed copy of this package. */
export function isLaunchRefused(error: unknown): error is LaunchRefused {
  return isWorkerError(error) && (error as { readonly isLaunchRefusal?: unknown }).isLaunchRefusal === true;
}

/**
 * The worker cannot reach its infrastructure for any run: credentials or region are missing, expired or rejected. The
 * worker claims no runs until `checkReady` succeeds; runs wait.
 */
export class WorkerNotReadyError extends WorkerError {
  readonly code: string = 'WORKER_NOT_READY';
  /** Marks the class across installed copies of this package; see {@link isWorkerNotReady}. */
  readonly isWorkerNotReady = true;

  /** @param problem what is missing, and what to do. */
  constructor(type: string, problem: string, options?: ErrorOptions) {
    super(`The ${type} worker cannot reach its infrastructure: ${problem}`, { ...options, details: { type, problem } });
  }
}

/** Returns whether an error is a {@link WorkerNotReadyError}, of any installed copy of this package. */
export function isWorkerNotReady(error: unknown): error is WorkerNotReadyError {
  return isWorkerError(error) && (error as { readonly isWorkerNotReady?: unknown }).isWorkerNotReady === true;
}
