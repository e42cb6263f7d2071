import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** A recorded request. */
export interface RecordedRequest {
  readonly method: string;
  /** Relative to the API's base, without the query. */
  readonly path: string;
  readonly body: string;
  readonly status: number;
  readonly answer: string;
  readonly atMs: number;
  /** When the server had answered. */
  readonly answeredAtMs: number;
}

/** A request before it is forwarded. */
export type PassingRequest = Pick<RecordedRequest, 'method' | 'path' | 'body'> & {
  /** Including its question mark; empty: none. */
  readonly query: string;
};

/** What the proxy does with a request instead of forwarding it. */
export type Fault =
  /** The connection is closed; the server does not receive the request. */
  | 'cut'
  /** The server executes the request, and the connection is closed before its response arrives. */
  | 'lost-answer'
  /** The server executes the request, and its response is forwarded later. */
  | { readonly lateByMs: number }
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

const UNREACHABLE = 'HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n';
const REFUSED = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n';

/** A proxy between a worker and its server: forwards everything and records it. */
export class RecordingProxy {
  readonly requests: RecordedRequest[] = [];
  /** Paths of the sockets that were opened. */
  readonly sockets: string[] = [];
  /** Answers every upgrade with 403, as servers without these sockets do. */
  refuseSockets = false;
  /** Called for each request before it is forwarded. Null: the request is forwarded. */
  fault: (request: PassingRequest) => Fault | null | Promise<Fault | null> = () => null;
  readonly #open = new Set<Socket>();
  readonly #awaited: { readonly matches: (request: RecordedRequest) => boolean; readonly met: () => void }[] = [];

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {}

  static async start(apiUrl: string): Promise<RecordingProxy> {
    const server = createServer({ keepAliveTimeout: 60_000 });
    const proxy = new RecordingProxy(server, new URL(apiUrl));
    server.on('request', (asked, answer) => {
      const atMs = Date.now();
      const body: Buffer[] = [];
      asked.on('data', (chunk: Buffer) => body.push(chunk));
      asked.on('end', async () => {
        const whole = Buffer.concat(body);
        const method = asked.method ?? 'GET';
        const query = new URL(asked.url ?? '', proxy.target).search;
        const fault = await proxy.fault({ method, path: proxy.#pathOf(asked), query, body: whole.toString() });
        if (fault === 'cut') {
          asked.socket.destroy();
          return;
        }
        if (fault !== null && fault !== 'lost-answer' && 'status' in fault) {
          answer.writeHead(fault.status, fault.headers);
          answer.end(fault.body ?? '');
          return;
        }
        const { 'accept-encoding': _, ...headers } = asked.headers;
        const onward = request(
          { host: proxy.target.hostname, port: proxy.target.port, method: asked.method, path: asked.url, headers },
          (answered) => {
            const parts: Buffer[] = [];
            answered.on('data', (chunk: Buffer) => parts.push(chunk));
            answered.on('end', () => {
              const text = Buffer.concat(parts);
              proxy.#note(asked, whole, answered.statusCode ?? 0, text, atMs);
              if (fault === 'lost-answer') {
                asked.socket.destroy();
                return;
              }
              const pass = (): void => {
                answer.writeHead(answered.statusCode ?? 502, answered.headers);
                answer.end(text);
              };
              if (fault === null) pass();
              else setTimeout(pass, fault.lateByMs);
            });
          },
        );
        onward.on('error', () => answer.destroy());
        onward.end(whole);
      });
    });
    server.on('upgrade', (asked, socket: Socket, head) => proxy.#passSocket(asked, socket, head));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${this.target.pathname}`;
  }

  /** Runs the function when such a request is answered, before the response is forwarded. Resolves when it has run. */
  when(matches: (request: RecordedRequest) => boolean, deed: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#awaited.push({ matches, met: () => void deed().then(resolve, reject) });
    });
  }

  /** Closes every WebSocket without a close frame. */
  cutSockets(): void {
    for (const socket of this.#open) socket.destroy();
  }

  async close(): Promise<void> {
    this.cutSockets();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #note(asked: IncomingMessage, body: Buffer, status: number, answer: Buffer, atMs: number): void {
    const request: RecordedRequest = {
      method: asked.method ?? 'GET',
      path: this.#pathOf(asked),
      body: body.toString(),
      status,
      answer: answer.toString(),
      atMs,
      answeredAtMs: Date.now(),
    };
    this.requests.push(request);
    const at = this.#awaited.findIndex((each) => each.matches(request));
    for (const { met } of at < 0 ? [] : this.#awaited.splice(at, 1)) met();
  }

  #pathOf(asked: IncomingMessage): string {
    return (asked.url ?? '').split('?')[0]?.slice(this.target.pathname.length) ?? '';
  }

  #passSocket(asked: IncomingMessage, socket: Socket, head: Buffer): void {
    this.sockets.push((asked.url ?? '').slice(this.target.pathname.length));
    if (this.refuseSockets) {
      socket.end(REFUSED);
      return;
    }
    const onward = connect(Number(this.target.port), this.target.hostname, () => {
      const lines = [`${asked.method} ${asked.url} HTTP/1.1`];
      for (let at = 0; at < asked.rawHeaders.length; at += 2) {
        lines.push(`${asked.rawHeaders[at]}: ${asked.rawHeaders[at + 1]}`);
      }
      onward.write(`${lines.join('\r\n')}\r\n\r\n`);
      onward.write(head);
      onward.pipe(socket);
      socket.pipe(onward);
    });
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      this.#open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#open.delete(one);
        other.destroy();
      });
    }
    onward.on('error', () => socket.end(UNREACHABLE));
  }
}
