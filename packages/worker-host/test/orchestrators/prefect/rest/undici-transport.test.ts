import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect } from 'chai';
import { HttpTransportError } from '../../../../src/orchestrators/prefect/rest/http-transport.js';
import { createUndiciTransport } from '../../../../src/orchestrators/prefect/rest/undici-transport.js';
import { aConnection } from '../support/a-connection.js';
import { FakeServer } from '../support/fake-server.js';

describe('createUndiciTransport', () => {
  let server: FakeServer;

  beforeEach(async () => {
    server = new FakeServer();
    await server.start();
  });

  afterEach(() => server.stop());

  const failureOf = async (sending: Promise<unknown>): Promise<string> => {
    const error = await sending.catch((thrown: unknown) => thrown);
    return error instanceof HttpTransportError ? error.failure : String(error);
  };

  it('carries method, headers and body there, and status, headers and body back', async () => {
    server.answer = () => ({ status: 201, body: { ok: 'ä' }, headers: { 'X-Some': 'thing' } });
    const transport = await createUndiciTransport(aConnection({ apiUrl: server.url }), {});

    const answer = await transport.send({
      method: 'PATCH',
      url: `${server.url}/x?y=1`,
      headers: { 'Content-Type': 'application/json', 'X-Mine': '1' },
      body: '{"a":"ö"}',
    });

    expect(answer).to.deep.include({ status: 201, body: '{"ok":"ä"}' });
    expect(answer.headers).to.include({ 'x-some': 'thing' });
    expect(server.requests[0]).to.deep.include({ method: 'PATCH', path: '/x?y=1', body: { a: 'ö' } });
    expect(server.requests[0]?.headers).to.include({ 'x-mine': '1' });
    await transport.close();
  });

  it('does not follow a redirect by itself', async () => {
    server.answer = () => ({ status: 307, headers: { location: '/api/other' } });
    const transport = await createUndiciTransport(aConnection({ apiUrl: server.url }), {});

    const answer = await transport.send({ method: 'GET', url: `${server.url}/x`, headers: {}, body: null });

    expect(answer.status).to.equal(307);
    await transport.close();
  });

  it('tells a cut connection, nobody listening, and no answer in time', async () => {
    server.answer = () => null;
    const transport = await createUndiciTransport(aConnection({ apiUrl: server.url }), {});
    const get = { method: 'GET', url: `${server.url}/x`, headers: {}, body: null };
    expect(await failureOf(transport.send(get))).to.equal('reset');

    await server.stop();
    expect(await failureOf(transport.send(get))).to.equal('connect');

    await transport.close();
    await server.start();
  });

  it('throws the reason of its signal', async () => {
    const transport = await createUndiciTransport(aConnection({ apiUrl: server.url }), {});
    const stop = new AbortController();
    server.answer = () => {
      stop.abort(new Error('enough'));
      return { status: 200, body: {} };
    };

    const sending = transport.send({
      method: 'GET',
      url: `${server.url}/x`,
      headers: {},
      body: null,
      signal: stop.signal,
    });

    expect(await sending.catch((error: unknown) => error)).to.have.property('message', 'enough');
    await transport.close();
  });

  it('reads no more than the limit of an answer without an end, and closes its connection', async () => {
    const chunk = Buffer.alloc(1024 * 1024, ' ');
    let closed: () => void = () => {};
    const isClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const endless = createServer((_request, response) => {
      const write = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', write).on('close', closed);
      write();
    });
    await new Promise<void>((resolve) => {
      endless.listen(0, '127.0.0.1', resolve);
    });
    const apiUrl = `http://127.0.0.1:${(endless.address() as AddressInfo).port}`;
    const transport = await createUndiciTransport(aConnection({ apiUrl }), {});

    const failure = await failureOf(transport.send({ method: 'GET', url: `${apiUrl}/x`, headers: {}, body: null }));

    expect(failure).to.equal('too-large');
    await isClosed;
    await transport.close();
    endless.close();
  });

  it('does not unpack a compressed answer', async () => {
    server.answer = () => ({ headers: { 'content-encoding': 'gzip' }, body: 'as it came' });
    const transport = await createUndiciTransport(aConnection({ apiUrl: server.url }), {});

    const answer = await transport.send({ method: 'GET', url: `${server.url}/x`, headers: {}, body: null });

    expect(answer.body).to.equal('"as it came"');
    expect(server.requests[0]?.headers).not.to.have.property('accept-encoding');
    await transport.close();
  });

  it('goes through the proxy of the environment', async () => {
    const tunnels: string[] = [];
    const proxy = createServer().on('connect', (request, client) => {
      tunnels.push(request.url ?? '');
      const target = connect(Number(new URL(server.url).port), '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        client.pipe(target).pipe(client);
      });
      client.on('error', () => target.destroy());
    });
    await new Promise<void>((resolve) => {
      proxy.listen(0, '127.0.0.1', resolve);
    });
    server.answer = () => ({ body: 'by proxy' });
    const transport = await createUndiciTransport(aConnection({ apiUrl: 'http://prefect.invalid:99/api' }), {
      HTTP_PROXY: `127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    });

    const answer = await transport.send({
      method: 'GET',
      url: 'http://prefect.invalid:99/api/x',
      headers: {},
      body: null,
    });

    expect(answer.body).to.equal('"by proxy"');
    expect(tunnels).to.deep.equal(['prefect.invalid:99']);
    await transport.close();
    proxy.closeAllConnections();
    proxy.close();
  });
});
