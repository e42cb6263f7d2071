import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { HostStatus } from '../host/status.js';
import type { PrometheusMeter } from '../metrics/prometheus-meter.js';
import { type Backlog, measureStatus } from '../metrics/status-metrics.js';
import { type CheckAnswer, healthAnswer, readyAnswer } from './health-status.js';
import { type Listening, listen } from './listening.js';
import { isOwnHost, type PageAccess, showsToken } from './page-access.js';

import { statusPage } from './status-page.js';

export interface HealthServerOptions {
  /** Address to listen at. Default: 0.0.0.0. */
  readonly host?: string;
  /** Default: 8080. 0: any free one. */
  readonly port?: number;
  readonly status: () => HostStatus;
  /** What waits in the pool. Null: the control plane does not tell; then the metrics of it stay 0. */
  readonly backlog?: (() => Promise<Backlog>) | null;
  /** Null: /metrics answers 404. */
  readonly meter: PrometheusMeter | null;
  readonly nowMs: () => number;
  /** Default: everybody who reaches it, by a name of this machine or of a private network. */
  readonly access?: PageAccess;
}

const OPEN_ACCESS: PageAccess = { hosts: [], token: null };
/** Bounds of what one client may take up. */
const MAX_HEADER_BYTES = 8 * 1024;
const MAX_CONNECTIONS = 256;
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Serves `/` (a status page), `/health`, `/ready` and `/metrics`.
 *
 * @throws HealthServerUnavailableError
 */
export async function openHealthServer(options: HealthServerOptions): Promise<Listening> {
  const { host = '0.0.0.0', port = 8080 } = options;
  const limits = { maxHeaderSize: MAX_HEADER_BYTES, connectionsCheckingInterval: HEADERS_TIMEOUT_MS };
  const server = createServer(limits, (request, response) => {
    // Nothing is done with a body, so none is waited for.
    if (hasBody(request)) response.setHeader('connection', 'close');
    respond(request, response, options).catch(() => {
      if (!response.headersSent) send(response, 500, 'text/plain; charset=utf-8', 'The answer could not be made.\n');
      else response.destroy();
    });
  });
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.maxConnections = MAX_CONNECTIONS;
  const listening = await listen(server, host, port);
  server.unref();
  return listening;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

async function respond(
  { method = 'GET', url = '/', headers }: IncomingMessage,
  response: ServerResponse,
  options: HealthServerOptions,
): Promise<void> {
  const { status, meter, nowMs, access = OPEN_ACCESS } = options;
  if (method !== 'GET' && method !== 'HEAD') {
    send(response, 405, 'text/plain; charset=utf-8', 'Only GET is served.\n');
    return;
  }
  const path = url.split('?', 1)[0];
  const isTrusted = isOwnHost(headers.host, access);
  const mayRead = isTrusted && showsToken(headers.authorization, access);
  // Probes need the status alone; what is wrong is for those who may read the page.
  if (path === '/health') sendCheck(response, healthAnswer(status()), mayRead);
  else if (path === '/ready') sendCheck(response, readyAnswer(status()), mayRead);
  else if (!isTrusted)
    send(response, 421, 'text/plain; charset=utf-8', 'This name is not one of the worker; see --webserver-hosts.\n');
  else if (!mayRead) {
    response.setHeader('www-authenticate', 'Basic realm="worker-host", charset="UTF-8"');
    send(response, 401, 'text/plain; charset=utf-8', 'The token is wanted: WORKER_HOST_WEBSERVER_TOKEN.\n');
  } else if (path === '/metrics' && meter !== null) {
    // What is known of the worker is answered also while the control plane is away.
    const backlog = (await options.backlog?.().catch(() => null)) ?? null;
    measureStatus(meter, status(), backlog, nowMs());
    send(response, 200, meter.contentType, await meter.text());
  } else if (path === '/') send(response, 200, 'text/html; charset=utf-8', statusPage(status(), nowMs()));
  else send(response, 404, 'text/plain; charset=utf-8', 'There are /, /health, /ready and /metrics.\n');
}

function sendCheck(response: ServerResponse, { statusCode, body }: CheckAnswer, mayRead: boolean): void {
  const { message } = body;
  send(response, statusCode, 'application/json', JSON.stringify(mayRead ? body : { message }));
}

function send(response: ServerResponse, statusCode: number, contentType: string, body: string): void {
  response.writeHead(statusCode, {
    'content-type': contentType,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  });
  response.end(body);
}
