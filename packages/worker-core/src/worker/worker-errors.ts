import { WorkerError } from '../errors/worker-error.js';

/** There is no such infrastructure (any more): nothing to stop, nothing to watch. */
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

/** The worker type does not declare this ability. */
export class NotSupportedByWorkerError extends WorkerError {
  readonly code = 'NOT_SUPPORTED_BY_WORKER';

  constructor(workerType: string, ability: string) {
    super(`The worker type cannot do this [type=${workerType}, ability=${ability}]`, {
      details: { workerType, ability },
    });
  }
}
