import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createNetServer } from 'node:net';
import { expect } from 'chai';
import { HttpTransportError } from '../../../../src/orchestrators/prefect/rest/http-transport.js';
import { createNodeTransport } from '../../../../src/orchestrators/prefect/rest/node-transport.js';
import { aConnection } from '../support/a-connection.js';
import { FakeServer } from '../support/fake-server.js';

describe('createNodeTransport', () => {
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

  it('transfers method, headers and body, and status, headers and body of the response', async () => {
    server.answer = () => ({ status: 201, body: { ok: 'ä' }, headers: { 'X-Some': 'thing' } });
    const transport = await createNodeTransport(aConnection({ apiUrl: server.url }), {});

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

  it('does not follow a redirect itself', async () => {
    server.answer = () => ({ status: 307, headers: { location: '/api/other' } });
    const transport = await createNodeTransport(aConnection({ apiUrl: server.url }), {});

    const answer = await transport.send({ method: 'GET', url: `${server.url}/x`, headers: {}, body: null });

    expect(answer.status).to.equal(307);
    await transport.close();
  });

  it('distinguishes a broken connection, a refused connection, and a timeout', async () => {
    server.answer = () => null;
    const transport = await createNodeTransport(aConnection({ apiUrl: server.url }), {});
    const get = { method: 'GET', url: `${server.url}/x`, headers: {}, body: null };
    expect(await failureOf(transport.send(get))).to.equal('reset');

    await server.stop();
    expect(await failureOf(transport.send(get))).to.equal('connect');

    await transport.close();
    await server.start();
  });

  it('reports no timely response as a timeout, from the server and from a proxy', async () => {
    const silent = createNetServer((socket) => socket.resume());
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve);
    });
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const get = { method: 'GET', headers: {}, body: null };
    const direct = await createNodeTransport(aConnection({ apiUrl: url, requestTimeoutMs: 20 }), {});
    const byProxy = await createNodeTransport(aConnection({ apiUrl: server.url, requestTimeoutMs: 20 }), {
      HTTP_PROXY: url,
    });

    expect(await failureOf(direct.send({ ...get, url: `${url}/x` }))).to.equal('timeout');
    expect(await failureOf(byProxy.send({ ...get, url: `${server.url}/x` }))).to.equal('timeout');
    await direct.close();
    await byProxy.close();
    // Ends only when no connection is open.
    await new Promise((resolve) => {
      silent.close(resolve);
    });
  });

  it('sends the length of each body, and successive requests over one connection', async () => {
    server.answer = () => ({ body: {} });
    const transport = await createNodeTransport(aConnection({ apiUrl: server.url }), {});

    for (const method of ['POST', 'DELETE'])
      await transport.send({ method, url: `${server.url}/x`, headers: {}, body: '{"a":"ö"}' });

    expect(server.requests.map(({ headers }) => headers['content-length'])).to.deep.equal(['10', '10']);
    expect(server.connections).to.equal(1);
    await transport.close();
  });

  it('fails requests in flight when it is closed', async () => {
    const transport = await createNodeTransport(aConnection({ apiUrl: server.url }), {});
    server.answer = () => {
      void transport.close();
      return { body: {} };
    };

    const sending = transport.send({ method: 'GET', url: `${server.url}/x`, headers: {}, body: null });

    expect(await failureOf(sending)).to.equal('protocol');
  });

  it('throws the reason of its signal', async () => {
    const transport = await createNodeTransport(aConnection({ apiUrl: server.url }), {});
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

  it('reads at most the limit of an endless response, and closes its connection', async () => {
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
    const transport = await createNodeTransport(aConnection({ apiUrl }), {});

    const failure = await failureOf(transport.send({ method: 'GET', url: `${apiUrl}/x`, headers: {}, body: null }));

    expect(failure).to.equal('too-large');
    await isClosed;
    await transport.close();
    endless.close();
  });

  it('does not decompress a compressed response', async () => {
    server.answer = () => ({ headers: { 'content-encoding': 'gzip' }, body: 'as it came' });
    const transport = await createNodeTransport(aConnection({ apiUrl: server.url }), {});

    const answer = await transport.send({ method: 'GET', url: `${server.url}/x`, headers: {}, body: null });

    expect(answer.body).to.equal('"as it came"');
    expect(server.requests[0]?.headers).not.to.have.property('accept-encoding');
    await transport.close();
  });

  it('uses the proxy of the environment', async () => {
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
    const transport = await createNodeTransport(aConnection({ apiUrl: 'http://prefect.invalid:99/api' }), {
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

  it('reports the response of a proxy that refuses', async () => {
    const proxy = createServer().on('connect', (_request, client) => {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
    });
    await new Promise<void>((resolve) => {
      proxy.listen(0, '127.0.0.1', resolve);
    });
    const transport = await createNodeTransport(aConnection({ apiUrl: server.url }), {
      HTTP_PROXY: `127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    });

    const sending = transport.send({ method: 'GET', url: `${server.url}/x`, headers: {}, body: null });

    const error = await sending.catch((thrown: unknown) => thrown);
    expect(error).to.include({ failure: 'protocol', message: 'the proxy answered 407 Proxy Authentication Required' });
    expect(server.requests).to.deep.equal([]);
    await transport.close();
    proxy.close();
  });
});
