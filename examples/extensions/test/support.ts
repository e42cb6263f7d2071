import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Resources that a test opened, closed at its end. */
export class Opened {
  readonly #closers: (() => unknown)[] = [];

  add<T>(value: T, close: (value: T) => unknown): T {
    this.#closers.push(() => close(value));
    return value;
  }

  async closeAll(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }

  /** Serves JSON on a free port. Returns its URL. */
  async serve(answer: (request: IncomingMessage) => { readonly status?: number; readonly body: unknown }) {
    const server = createServer((request, response) => {
      const { status = 200, body } = answer(request);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.add(server, () => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Starts a program of this package, or the command line of the host. */
  start(program: string, words: readonly string[], environment: Record<string, string | undefined>, cwd = '.') {
    const child: ChildProcess = spawn(process.execPath, [program, ...words], {
      cwd,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.add(child, () => child.kill('SIGKILL'));
    const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => (stream === null ? '' : text(stream)));
    return { child, end: async () => ({ stdout: await stdout, stderr: await stderr }) };
  }
}

/** Returns an unused port. */
export async function aFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
