import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WorkerError } from '@worker-host/core';

/** The server of the health checks, or of the web pages, cannot listen. */
export class HealthServerUnavailableError extends WorkerError {
  readonly code = 'HEALTH_SERVER_UNAVAILABLE';

  /** @param flags options that select another address */
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

/** A listening server. */
export interface Listening {
  readonly port: number;
  /** Address for people. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts to listen.
 *
 * @param flags options that select another address, for the error
 * @throws HealthServerUnavailableError
 */
export async function listen(
  server: Server,
  host: string,
  port: number,
  flags?: readonly [host: string, port: string],
): Promise<Listening> {
  await new Promise<void>((resolve, reject) => {
    const refused = (cause: Error): void => reject(new HealthServerUnavailableError(host, port, flags, { cause }));
    server.once('error', refused);
    try {
      server.listen(port, host, () => {
        server.off('error', refused);
        resolve();
      });
    } catch (error) {
      // An invalid port.
      refused(error instanceof Error ? error : new Error(String(error)));
    }
  });
  const { port: actual } = server.address() as AddressInfo;
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return { port: actual, url: `http://${shown}:${actual}`, close: () => closed(server) };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
