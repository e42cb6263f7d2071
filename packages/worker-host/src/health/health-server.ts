import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { HostStatus } from '../host/status.js';
import type { PrometheusMeter } from '../metrics/prometheus-meter.js';
import { type Backlog, measureStatus } from '../metrics/status-metrics.js';
import { type CheckAnswer, healthAnswer, readyAnswer } from './health-status.js';
import { type Listening, listen } from './listening.js';
import { isOwnHost, type PageAccess, refuseUntrusted, showsToken } from './page-access.js';

/** The web page, which serves all other paths. */
export interface ServedPage {
  respond(request: IncomingMessage, response: ServerResponse): Promise<void>;
  close(): void;
}

export interface HealthServerOptions {
  /** Address to listen on. Default: 0.0.0.0. */
  readonly host?: string;
  /** Default: 8080. 0: any free port. */
  readonly port?: number;
  readonly status: () => HostStatus;
  /** Number of waiting runs in the pool. Null: unknown; the metrics for it stay 0. */
  readonly backlog?: (() => Promise<Backlog>) | null;
  /** Opens the web page on the first request. Null: there is none. */
  readonly openPage?: (() => Promise<ServedPage>) | null;
  /** Null: /metrics responds with 404. */
  readonly meter: PrometheusMeter | null;
  readonly nowMs: () => number;
  /** Default: any client, by a name of this machine or of a private network. */
  readonly access?: PageAccess;
}

const OPEN_ACCESS: PageAccess = { hosts: [], token: null };
/** Limits per client. */
const MAX_HEADER_BYTES = 8 * 1024;
const MAX_CONNECTIONS = 256;
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Serves `/health`, `/ready`, `/metrics`, and the web page at `/`.
 *
 * @throws HealthServerUnavailableError
 */
export async function openHealthServer(options: HealthServerOptions): Promise<Listening> {
  const { host = '0.0.0.0', port = 8080 } = options;
  const limits = { maxHeaderSize: MAX_HEADER_BYTES, connectionsCheckingInterval: HEADERS_TIMEOUT_MS };
  let opened: Promise<ServedPage> | null = null;
  const page = (): Promise<ServedPage> | null => {
    opened ??= options.openPage?.() ?? null;
    // A page that cannot be opened now is opened by the next request.
    opened?.catch(() => {
      opened = null;
    });
    return opened;
  };
  const server = createServer(limits, (request, response) => {
    // Request bodies are ignored, so they are not awaited.
    if (hasBody(request)) response.setHeader('connection', 'close');
    respond(request, response, options, page).catch(() => {
      if (!response.headersSent) send(response, 500, 'text/plain; charset=utf-8', 'Creating the response failed.\n');
      else response.destroy();
    });
  });
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.maxConnections = MAX_CONNECTIONS;
  const listening = await listen(server, host, port);
  server.unref();
  return {
    ...listening,
    close: async () => {
      const present = await opened?.catch(() => null);
      present?.close();
      await listening.close();
    },
  };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  options: HealthServerOptions,
  page: () => Promise<ServedPage> | null,
): Promise<void> {
  const { method = 'GET', url = '/', headers } = request;
  const { status, meter, nowMs, access = OPEN_ACCESS } = options;
  if (method !== 'GET' && method !== 'HEAD') {
    send(response, 405, 'text/plain; charset=utf-8', 'Only GET is supported.\n');
    return;
  }
  const path = url.split('?', 1)[0];
  const mayRead = isOwnHost(headers.host, access) && showsToken(headers.authorization, access);
  // Probes need only the status; problems are shown only to clients with access to the page.
  if (path === '/health') return sendCheck(response, healthAnswer(status()), mayRead);
  if (path === '/ready') return sendCheck(response, readyAnswer(status()), mayRead);
  if (refuseUntrusted(request, response, access, '--webserver-hosts')) return;
  if (path === '/metrics' && meter !== null) {
    // The worker's own state is also served while the control plane is unavailable.
    const backlog = (await options.backlog?.().catch(() => null)) ?? null;
    measureStatus(meter, status(), backlog, nowMs());
    const { contentType, text } = await meter.page(headers.accept);
    return send(response, 200, contentType, text);
  }
  const served = path === '/metrics' ? null : await page();
  if (served !== null) await served.respond(request, response);
  else send(response, 404, 'text/plain; charset=utf-8', 'Not found. The paths are /, /health, /ready and /metrics.\n');
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
    'content-security-policy': "default-src 'none'",
  });
  response.end(body);
}
