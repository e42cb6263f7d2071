import { WorkerError } from '@worker-host/core';

/** The server of the health checks, or of the web pages, cannot listen where it should. */
export class HealthServerUnavailableError extends WorkerError {
  readonly code = 'HEALTH_SERVER_UNAVAILABLE';

  /** @param flags the options that choose another address */
  constructor(
    host: string,
    port: number,
    flags: readonly [host: string, port: string] = ['--webserver-host', '--webserver-port'],
    options?: ErrorOptions,
  ) {
    super(
      `The web server cannot listen [host=${host}, port=${port}]. Choose another address with ${flags.join(' and ')}.`,
      { ...options, details: { host, port } },
    );
  }
}
