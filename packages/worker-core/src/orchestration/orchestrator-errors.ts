import { WorkerError } from '../errors/worker-error.js';

/** The control plane cannot be reached or is overloaded, after all retries. It may pass by itself. */
export class OrchestratorUnavailableError extends WorkerError {
  readonly code = 'ORCHESTRATOR_UNAVAILABLE';

  constructor(what: string, where: string, options?: ErrorOptions) {
    super(`${what} could not be done: the control plane is not available [at=${where}]. It is tried again.`, {
      ...options,
      details: { what, where },
    });
  }
}

/** The control plane does not accept who we are. */
export class OrchestratorUnauthorizedError extends WorkerError {
  readonly code = 'ORCHESTRATOR_UNAUTHORIZED';

  constructor(what: string, where: string, hint: string, options?: ErrorOptions) {
    super(`${what} was refused: not authorized [at=${where}]. ${hint}`, { ...options, details: { what, where } });
  }
}
