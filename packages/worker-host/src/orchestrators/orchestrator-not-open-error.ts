import { WorkerError } from '@worker-host/core';

/** A call that needs the worker's identity was made before `open`. */
export class OrchestratorNotOpenError extends WorkerError {
  readonly code = 'ORCHESTRATOR_NOT_OPEN';

  constructor() {
    super('The control plane was used before it was opened. This is an error of the host: report it.');
  }
}
