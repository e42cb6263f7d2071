import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@worker-host/core';
import { FakeClock } from '@worker-host/testing';
import { expect } from 'chai';
import { type Notification, NotificationRefusedError } from '../../src/notifications/notification.js';
import { NotifyCommand } from '../../src/notifications/notify-command.js';
import { signatureOf, Webhook } from '../../src/notifications/webhook.js';

const NOTIFICATION = {
  id: 'failed/a/1',
  kind: 'failed',
  summary: "Run 'a' failed: it's \u0000 broken; $(touch x)",
  reason: 'broken',
  workPool: 'mine',
  run: { id: 'a', name: 'a', deployment: null },
} as unknown as Notification & JsonObject;
const SIGNAL = new AbortController().signal;

async function failureOf(act: Promise<unknown>): Promise<Error> {
  return await act.then(
    () => new Error('it did not fail'),
    (error: Error) => error,
  );
}

describe('Webhook', () => {
  let server: Server;
  let url: string;
  let status = 204;
  let asked: { readonly request: IncomingMessage; readonly body: string }[];
  beforeEach(async () => {
    [status, asked] = [204, []];
    server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request.setEncoding('utf8')) body += chunk;
      asked.push({ request, body });
      response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?key=1`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it('posts JSON, signed so that the receiver can verify sender and time', async () => {
    await new Webhook(url, 'a-secret', new FakeClock()).send(NOTIFICATION, SIGNAL);

    const [{ request, body } = { request: null, body: '' }] = asked;
    expect([request?.method, request?.url]).to.deep.equal(['POST', '/hook?key=1']);
    expect(JSON.parse(body)).to.deep.equal(NOTIFICATION);
    expect(request?.headers).to.include({
      'content-type': 'application/json',
      'idempotency-key': 'failed/a/1',
      'x-worker-host-timestamp': '1767323045',
      'x-worker-host-signature': signatureOf('a-secret', '1767323045', body),
    });
    expect(signatureOf('key', '1', '{}')).to.equal(
      'sha256=1ba6b8171186efc613e8bcc0cbdab2748f24984d7c5a84faa2637afa0e40d224',
    );
  });

  it('sends no signature without a secret', async () => {
    await new Webhook(url, null, new FakeClock()).send(NOTIFICATION, SIGNAL);

    expect(asked[0]?.request.headers).not.to.have.property('x-worker-host-signature');
  });

  it('is retried after a transient response, and not after a permanent one', async () => {
    const webhook = new Webhook(url, null, new FakeClock());
    for (status of [500, 503, 429, 408])
      expect(await failureOf(webhook.send(NOTIFICATION, SIGNAL))).not.to.be.instanceOf(NotificationRefusedError);
    for (status of [302, 400, 401, 404, 410]) {
      const failure = await failureOf(webhook.send(NOTIFICATION, SIGNAL));
      expect(failure, String(status)).to.be.instanceOf(NotificationRefusedError);
      expect(failure.message)
        .to.match(/^the webhook answered \d{3} \w/)
        .and.not.contain('key=1');
    }
  });
});

describe('NotifyCommand', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'notify-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const command = (...script: readonly string[]): NotifyCommand =>
    new NotifyCommand([process.execPath, '-e', ...script], { PATH: '/bin', WORKER_HOST_SECRET_KEY: 'x' }, directory);

  it('passes the JSON on standard input and the facts in the environment, without a shell', async () => {
    const script = `require('fs').writeFileSync('got', JSON.stringify({
      input: require('fs').readFileSync(0, 'utf8'), environment: process.env, argument: process.argv[1] }))`;
    await command(script, '$HOME; x').send(NOTIFICATION, SIGNAL);

    const { input, environment, argument } = JSON.parse(readFileSync(join(directory, 'got'), 'utf8'));
    expect(JSON.parse(input)).to.deep.equal(NOTIFICATION);
    expect(argument).to.equal('$HOME; x');
    expect(environment).to.include({
      PATH: '/bin',
      NOTIFICATION_KIND: 'failed',
      NOTIFICATION_SUMMARY: "Run 'a' failed: it's  broken; $(touch x)",
      NOTIFICATION_RUN_ID: 'a',
      NOTIFICATION_DEPLOYMENT: '',
    });
    expect(environment).not.to.have.property('WORKER_HOST_SECRET_KEY');
  });

  it("fails with the end of the command's output if it exits with an error or does not exist", async () => {
    const failure = await failureOf(command(`console.error('no network'); process.exit(3)`).send(NOTIFICATION, SIGNAL));
    expect(failure.message).to.equal('the command ended with exit code 3: no network');
    const missing = new NotifyCommand(['/does/not/exist'], {}, directory);
    expect((await failureOf(missing.send(NOTIFICATION, SIGNAL))).message).to.contain('ENOENT');
  });

  it('kills a command that does not end when the worker does', async () => {
    const stop = new AbortController();
    const sending = command('setInterval(() => {}, 1000)').send(NOTIFICATION, stop.signal);
    stop.abort(new Error('stopping'));

    expect((await failureOf(sending)).name).to.equal('AbortError');
  });
});
