// The program that calibrates: sends requests with a JSON body to an HTTP server in the same process, which returns it. Prints
// the processor time of one request and its response, in milliseconds.
import { Agent, createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';

const REQUESTS = 1000;
const AT_ONCE = 8;
const BODY = JSON.stringify(
  Array.from({ length: 20 }, (_, index) => ({ index, text: `value ${index}`, flags: [true, false, null] })),
);

async function read(message: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

const server = createServer((asked, response) => {
  void read(asked).then((body) => response.end(JSON.stringify(body)));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

async function send(): Promise<void> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ host: '127.0.0.1', port, method: 'POST', agent }, resolve).on('error', reject).end(BODY);
  });
  await read(response);
}

const before = process.cpuUsage();
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let sent = 0; sent < REQUESTS / AT_ONCE; sent += 1) await send();
  }),
);
const { user, system } = process.cpuUsage(before);
console.log((user + system) / 1000 / REQUESTS);
agent.destroy();
server.close();
