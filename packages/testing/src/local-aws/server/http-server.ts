import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP request with its complete body. */
export interface ReadRequest {
  readonly message: IncomingMessage;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly requestId: string;
  /** Aborted when the caller disconnects before the response. */
  readonly signal: AbortSignal;
}

export type RequestHandler = (request: ReadRequest, response: ServerResponse) => Promise<void>;

const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** Starts an HTTP server that handles complete requests. Rejects if the port is not available. */
export async function listen(port: number, host: string, handle: RequestHandler): Promise<Server> {
  const server = createServer((message, response) => {
    const hangUp = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) hangUp.abort();
    });
    const failed = (error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(error instanceof Error ? (error.stack ?? error.message) : String(error));
    };
    readBody(message)
      .then((body) => {
        const url = new URL(message.url ?? '/', 'http://localhost');
        const request = { message, path: url.pathname, query: url.searchParams, body };
        return handle({ ...request, requestId: randomUUID(), signal: hangUp.signal }, response);
      })
      .catch(failed);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return server;
}

/** Returns the port of a server. */
export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Ends a server and all its connections. */
export async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error(`The body of the request is above ${MAX_BODY_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
