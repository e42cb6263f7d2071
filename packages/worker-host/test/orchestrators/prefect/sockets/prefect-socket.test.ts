import { createHash } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { silentLogger } from '@worker-host/core';
import { expect } from 'chai';
import { useFakeTimers } from 'sinon';
import type { WebSocket } from 'ws';
import { openPrefectSocket, SocketRefusedError } from '../../../../src/orchestrators/prefect/sockets/prefect-socket.js';
import { aConnection } from '../support/a-connection.js';
import { FakeServer } from '../support/fake-server.js';

describe('openPrefectSocket', () => {
  let server: FakeServer;

  beforeEach(async () => {
    server = new FakeServer();
    await server.start();
  });

  afterEach(() => server.stop());

  const open = () =>
    openPrefectSocket({
      connection: aConnection({ apiUrl: server.url }),
      environment: {},
      logger: silentLogger,
      path: '/events/out',
      token: 'a:b',
    });
  const refusal = async (opening: Promise<unknown>): Promise<SocketRefusedError> => {
    const error = await opening.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (error instanceof SocketRefusedError) return error;
    throw new Error(`not refused: ${String(error)}`);
  };

  it('offers the subprotocol, sends the token and carries frames both ways', async () => {
    const heard: string[] = [];
    server.onSocket = (socket, path) => {
      socket.on('message', (data) => {
        heard.push(`${path} ${socket.protocol} ${String(data)}`);
        socket.send(heard.length === 1 ? '{"type":"auth_success"}' : '{"hello":1}');
      });
    };

    const socket = await open();
    const received = new Promise<string>((resolve) => {
      socket.onFrame = resolve;
    });
    await socket.send({ x: 1 });

    expect(await received).to.equal('{"hello":1}');
    expect(heard).to.deep.equal([
      '/api/events/out prefect {"type":"auth","token":"a:b"}',
      '/api/events/out prefect {"x":1}',
    ]);
    socket.close();
    await socket.closed;
  });

  it('terminates a socket whose peer does not answer the close', async () => {
    const silent = createServer((connection) => {
      connection.once('data', (data) => {
        const key = /Sec-WebSocket-Key: (.*)\r\n/i.exec(String(data))?.[1] ?? '';
        const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
        const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
        connection.write(`${[...lines, `Sec-WebSocket-Accept: ${accept}`].join('\r\n')}\r\n\r\n`);
      });
      connection.on('error', () => {});
    });
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve);
    });
    const { port } = silent.address() as AddressInfo;
    const socket = await openPrefectSocket({
      connection: aConnection({ apiUrl: `http://127.0.0.1:${port}/api` }),
      environment: {},
      logger: silentLogger,
      path: '/events/in',
    });
    const timers = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      socket.close(1000);
      timers.tick(2000);

      expect(await socket.closed).to.include({ code: 1006 });
    } finally {
      timers.restore();
      silent.close();
    }
  });

  it('sends user and password of the server URL with the upgrade', async () => {
    server.onSocket = (socket) => socket.on('message', () => socket.send('{"type":"auth_success"}'));

    const socket = await openPrefectSocket({
      connection: aConnection({ apiUrl: server.url, addressAuthorization: 'Basic dTpw' }),
      environment: {},
      logger: silentLogger,
      path: '/events/out',
      token: null,
    });
    socket.close();
    await socket.closed;

    expect(server.upgrades[0]?.authorization).to.equal('Basic dTpw');
  });

  it('sends no auth message if none is required', async () => {
    const heard: string[] = [];
    server.onSocket = (socket) => socket.on('message', (data) => heard.push(String(data)));

    const socket = await openPrefectSocket({
      connection: aConnection({ apiUrl: server.url }),
      environment: {},
      logger: silentLogger,
      path: '/events/in',
      headers: { Authorization: 'bearer k' },
    });
    await socket.ping();
    socket.close();

    expect(heard).to.deep.equal([]);
  });

  it('answers a ping, and fails one that stays unanswered because the server is gone', async () => {
    server.onSocket = (socket) => socket.on('message', () => socket.send('{"type":"auth_success"}'));
    const socket = await open();

    await socket.ping();
    for (const peer of server.sockets) peer.pause();
    const unanswered = socket.ping();
    for (const peer of server.sockets) peer.terminate();

    await unanswered.then(
      () => expect.fail('should have failed'),
      (error: Error) => expect(error.message).to.contain('no pong'),
    );
    expect((await socket.closed).code).to.equal(1006);
  });

  it('reports an upgrade that was answered by HTTP', async () => {
    const error = await refusal(open());

    expect(error).to.include({ stage: 'upgrade', status: 403 });
  });

  it('reports a rejected authentication with its close reason', async () => {
    server.onSocket = (socket) => socket.on('message', () => socket.close(1008, 'Invalid token'));

    const error = await refusal(open());

    expect(error.stage).to.equal('auth');
    expect(error.close).to.deep.equal({ code: 1008, reason: 'Invalid token' });
  });

  it('reports a refused connection', async () => {
    const { url } = server;
    await server.stop();

    const error = await refusal(
      openPrefectSocket({
        connection: aConnection({ apiUrl: url }),
        environment: {},
        logger: silentLogger,
        path: '/x',
        token: null,
      }),
    );

    expect(error.stage).to.equal('network');
    await server.start();
  });

  it('stops opening when its signal is aborted', async () => {
    server.onSocket = () => {};
    const stop = new AbortController();
    const opening = openPrefectSocket({
      connection: aConnection({ apiUrl: server.url }),
      environment: {},
      logger: silentLogger,
      path: '/x',
      token: null,
      signal: stop.signal,
    });

    stop.abort(new Error('enough'));

    expect(await opening.catch((thrown: unknown) => thrown)).to.have.property('message', 'enough');
  });

  describe('with a server that sends too much', () => {
    const openWarned = async (onOpen: (socket: WebSocket) => void) => {
      server.onSocket = onOpen;
      const warnings: string[] = [];
      const socket = await openPrefectSocket({
        connection: aConnection({ apiUrl: server.url }),
        environment: {},
        path: '/events/out',
        logger: { warn: (message, fields) => void warnings.push(`${message} ${JSON.stringify(fields)}`) },
      });
      return { socket, warnings };
    };

    it('offers no compression', async () => {
      const { socket } = await openWarned(() => {});

      expect(server.upgrades[0]).not.to.have.property('sec-websocket-extensions');
      socket.close();
    });

    it('closes on a frame that is too long, whole or in parts, or too deep, and reports it', async () => {
      const part = 'x'.repeat(1024 * 1024);
      for (const send of [
        (socket: WebSocket) => socket.send(part.repeat(9)),
        (socket: WebSocket) => {
          for (let parts = 0; parts < 9; parts += 1) socket.send(part, { fin: false });
        },
        (socket: WebSocket) => socket.send('['.repeat(1001)),
      ]) {
        const { socket, warnings } = await openWarned(send);
        let frames = 0;
        socket.onFrame = () => {
          frames += 1;
        };

        await socket.closed;

        expect(frames).to.equal(0);
        expect(warnings.join())
          .to.match(/Max payload size exceeded|more than 1000 levels/)
          .and.to.contain('/events/out');
      }
    });

    it('reports nothing about a cut connection', async () => {
      const { socket, warnings } = await openWarned((open) => open.terminate());

      await socket.closed;

      expect(warnings).to.deep.equal([]);
    });

    it('yields between frames that arrive together', async () => {
      const { socket } = await openWarned((open) => {
        for (let frame = 0; frame < 50; frame += 1) open.send(String(frame));
      });
      const order: string[] = [];
      const isDone = new Promise<void>((resolve) => {
        socket.onFrame = (text) => {
          order.push(text);
          setImmediate(() => order.push('other'));
          if (text === '49') setImmediate(resolve);
        };
      });

      await isDone;

      expect(order.indexOf('other')).to.be.lessThan(3);
      socket.close();
    });
  });
});
