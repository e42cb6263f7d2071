import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** What the server answers: status and body; null: the connection is cut. */
export type Answer = {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
} | null;

/** A small server over real sockets, scripted by the test: one function for HTTP, one for WebSockets. */
export class FakeServer {
  readonly requests: SeenRequest[] = [];
  readonly sockets: WebSocket[] = [];
  /** How many connections were opened. */
  connections = 0;
  /** Headers of each upgrade, taken or refused. */
  readonly upgrades: IncomingMessage['headers'][] = [];
  answer: (request: SeenRequest) => Answer = () => ({ status: 404, body: { detail: 'Not Found' } });
  /** Called with each accepted socket and its path. Null: upgrades are answered with 403. */
  onSocket: ((socket: WebSocket, path: string) => void) | null = null;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => void this.#handle(request, response));
    this.#server.on('connection', () => {
      this.connections += 1;
    });
    const upgrades = new WebSocketServer({
      noServer: true,
      handleProtocols: (protocols) => [...protocols][0] ?? false,
    });
    this.#server.on('upgrade', (request, socket, head) => {
      this.upgrades.push(request.headers);
      if (this.onSocket === null) {
        socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
        return;
      }
      upgrades.handleUpgrade(request, socket, head, (open) => {
        this.sockets.push(open);
        this.onSocket?.(open, request.url ?? '');
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api`;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const seen = {
      method: request.method ?? '',
      path: (request.url ?? '').replace(/^\/api/, ''),
      headers: request.headers,
      body: text === '' ? null : JSON.parse(text),
    };
    this.requests.push(seen);
    const answer = this.answer(seen);
    if (answer === null) {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
    response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
  }
}
