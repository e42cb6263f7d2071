import { WorkerError } from '../errors/worker-error.js';

/** The control plane is unreachable or overloaded, after all retries. Transient. */
export class OrchestratorUnavailableError extends WorkerError {
  readonly code = 'ORCHESTRATOR_UNAVAILABLE';

  constructor(what: string, where: string, options?: ErrorOptions) {
    super(`${what} failed: the control plane is not available [at=${where}]. The worker retries it.`, {
      ...options,
      details: { what, where },
    });
  }
}

/** The control plane rejected the credentials or permissions of the worker. */
export class OrchestratorUnauthorizedError extends WorkerError {
  readonly code = 'ORCHESTRATOR_UNAUTHORIZED';

  constructor(what: string, where: string, hint: string, options?: ErrorOptions) {
    super(`${what} failed: the control plane rejects the credentials [at=${where}]. ${hint}`, {
      ...options,
      details: { what, where },
    });
  }
}

/** The worker no longer owns the run: another worker owns it, or it was finished, rescheduled or deleted. */
export class LeaseLostError extends WorkerError {
  readonly code = 'LEASE_LOST';

  constructor(flowRunId: string, reason: string, options?: ErrorOptions) {
    super(`This worker no longer owns the run [run=${flowRunId}]: ${reason}. It no longer writes about the run.`, {
      ...options,
      details: { flowRunId, reason },
    });
  }
}

/** Another live worker of the pool has the same name. */
export class WorkerNameInUseError extends WorkerError {
  readonly code = 'WORKER_NAME_IN_USE';

  constructor(name: string, where: string) {
    super(`A worker named '${name}' is already running [${where}]. Stop it, or start this one with another --name.`, {
      details: { name, where },
    });
  }
}
