import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HostStatus } from '../host/status.js';
import { HealthServerUnavailableError } from './health-errors.js';
import { type CheckAnswer, healthAnswer, readyAnswer } from './health-status.js';
import type { PrometheusMeter } from './prometheus-meter.js';
import { statusPage } from './status-page.js';

export interface HealthServerOptions {
  /** Address to listen at. Default: 0.0.0.0. */
  readonly host?: string;
  /** Default: 8080. 0: any free one. */
  readonly port?: number;
  readonly status: () => HostStatus;
  /** Null: /metrics answers 404. */
  readonly meter: PrometheusMeter | null;
  readonly nowMs: () => number;
}

/** A server that listens. */
export interface HealthServer {
  readonly port: number;
  /** Where people find it. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves `/` (a status page), `/health`, `/ready` and `/metrics`.
 *
 * @throws HealthServerUnavailableError
 */
export async function openHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const { host = '0.0.0.0', port = 8080 } = options;
  const server = createServer((request, response) => {
    respond(request.method ?? 'GET', request.url ?? '/', response, options).catch(() => {
      if (!response.headersSent) send(response, 500, 'text/plain; charset=utf-8', 'The answer could not be made.\n');
      else response.destroy();
    });
  });
  server.requestTimeout = 10_000;
  await listen(server, host, port);
  server.unref();
  const { port: actual } = server.address() as AddressInfo;
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return { port: actual, url: `http://${shown}:${actual}`, close: () => closed(server) };
}

async function respond(
  method: string,
  url: string,
  response: ServerResponse,
  options: HealthServerOptions,
): Promise<void> {
  const { status, meter, nowMs } = options;
  if (method !== 'GET' && method !== 'HEAD') {
    send(response, 405, 'text/plain; charset=utf-8', 'Only GET is served.\n');
    return;
  }
  const path = url.split('?', 1)[0];
  if (path === '/health') sendCheck(response, healthAnswer(status()));
  else if (path === '/ready') sendCheck(response, readyAnswer(status()));
  else if (path === '/metrics' && meter !== null) send(response, 200, meter.contentType, await meter.text());
  else if (path === '/') send(response, 200, 'text/html; charset=utf-8', statusPage(status(), nowMs()));
  else send(response, 404, 'text/plain; charset=utf-8', 'There are /, /health, /ready and /metrics.\n');
}

function sendCheck(response: ServerResponse, { statusCode, body }: CheckAnswer): void {
  send(response, statusCode, 'application/json', JSON.stringify(body));
}

function send(response: ServerResponse, statusCode: number, contentType: string, body: string): void {
  response.writeHead(statusCode, {
    'content-type': contentType,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  });
  response.end(body);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const refused = (cause: Error): void => reject(new HealthServerUnavailableError(host, port, { cause }));
    server.once('error', refused);
    server.listen(port, host, () => {
      server.off('error', refused);
      resolve();
    });
  });
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
