import { WorkerError } from '@worker-host/core';

/** A Prefect server is required, and none is configured. */
export class PrefectServerNotConfiguredError extends WorkerError {
  readonly code = 'PREFECT_SERVER_NOT_CONFIGURED';

  /**
   * @param by the setting that requires a server.
   * @param looked what was found instead.
   */
  constructor(by: string, looked: string) {
    super(
      `A Prefect server is selected [by=${by}], but there is ${looked}. ` +
        'Set PREFECT_API_URL, or omit the selection to use the embedded pool.',
      { details: { reason: by } },
    );
  }
}
