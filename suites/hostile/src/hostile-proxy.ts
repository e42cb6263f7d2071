import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const HTML = '<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>';

/** A proxy before a server that answers some requests itself, like broken proxies and hostile servers. */
export class HostileProxy {
  #server: Server | null = null;
  #count = 0;
  isHostile = false;

  constructor(private readonly port: number) {}

  async start(): Promise<string> {
    this.#server = createServer((asked, answer) => {
      this.#count += 1;
      const body: Buffer[] = [];
      asked.on('data', (chunk: Buffer) => body.push(chunk));
      asked.on('end', () => {
        const turn = this.isHostile ? this.#count % 12 : 12;
        if (turn === 0) return void answer.writeHead(200, { 'content-type': 'text/html' }).end(HTML);
        if (turn === 1)
          return void answer.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end('{"tasks":[');
        if (turn === 2) return void answer.writeHead(503, { 'retry-after': '99999999' }).end(HTML);
        if (turn === 3) return void asked.socket.destroy();
        if (turn === 4)
          return void answer.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end('[7,null]');
        const onward = request(
          { port: this.port, host: '127.0.0.1', method: asked.method, path: asked.url, headers: asked.headers },
          (given) => {
            answer.writeHead(given.statusCode ?? 500, given.headers);
            given.pipe(answer);
          },
        );
        onward.on('error', () => asked.socket.destroy());
        onward.end(Buffer.concat(body));
      });
    });
    const server = this.#server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }
}
