import { createServer } from 'node:http';
import { type Listening, listen } from '../health/listening.js';
import { type PageAccess, refuseUntrusted } from '../health/page-access.js';
import { UiPage, type UiPageOptions } from './ui-page.js';

export interface UiServerOptions extends Omit<UiPageOptions, 'worker'> {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly access: PageAccess;
}

const MAX_HEADER_BYTES = 16 * 1024;
const MAX_CONNECTIONS = 256;
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Serves the web page of the embedded pool.
 *
 * @throws HealthServerUnavailableError
 */
export async function openUiServer(options: UiServerOptions): Promise<Listening> {
  const page = new UiPage({ ...options, worker: null });
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, connectionsCheckingInterval: HEADERS_TIMEOUT_MS },
    (request, response) => {
      if (!refuseUntrusted(request, response, options.access, '--hosts')) void page.respond(request, response);
    },
  );
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.maxConnections = MAX_CONNECTIONS;
  const listening = await listen(server, options.host, options.port, ['--host', '--port']);
  return {
    ...listening,
    close: async () => {
      page.close();
      await listening.close();
    },
  };
}
