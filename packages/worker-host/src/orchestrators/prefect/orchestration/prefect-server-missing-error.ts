import { WorkerError } from '@worker-host/core';

/** An orchestrator for Prefect was asked for, and no setting names a server. */
export class PrefectServerMissingError extends WorkerError {
  readonly code = 'PREFECT_SERVER_MISSING';

  constructor(looked: string) {
    super(`There is no Prefect server to speak to [${looked}]. Set PREFECT_API_URL.`, { details: { looked } });
  }
}
