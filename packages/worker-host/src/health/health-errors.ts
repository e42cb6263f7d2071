import { WorkerError } from '@worker-host/core';

/** The health server cannot listen where it should. */
export class HealthServerUnavailableError extends WorkerError {
  readonly code = 'HEALTH_SERVER_UNAVAILABLE';

  constructor(host: string, port: number, options?: ErrorOptions) {
    super(
      `The health server cannot listen [host=${host}, port=${port}]. Choose another with --webserver-host and --webserver-port.`,
      { ...options, details: { host, port } },
    );
  }
}
