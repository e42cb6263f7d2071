import { expect } from 'chai';
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

  it("sends user and password of the server's address with the upgrade", async () => {
    server.onSocket = (socket) => socket.on('message', () => socket.send('{"type":"auth_success"}'));

    const socket = await openPrefectSocket({
      connection: aConnection({ apiUrl: server.url, addressAuthorization: 'Basic dTpw' }),
      environment: {},
      path: '/events/out',
      token: null,
    });
    socket.close();
    await socket.closed;

    expect(server.upgrades[0]?.authorization).to.equal('Basic dTpw');
  });

  it('sends no auth message where none is wanted', async () => {
    const heard: string[] = [];
    server.onSocket = (socket) => socket.on('message', (data) => heard.push(String(data)));

    const socket = await openPrefectSocket({
      connection: aConnection({ apiUrl: server.url }),
      environment: {},
      path: '/events/in',
      headers: { Authorization: 'bearer k' },
    });
    await socket.ping();
    socket.close();

    expect(heard).to.deep.equal([]);
  });

  it('answers a ping, and fails one that is never answered because the server goes', async () => {
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

  it('tells an upgrade that was answered by HTTP', async () => {
    const error = await refusal(open());

    expect(error).to.include({ stage: 'upgrade', status: 403 });
  });

  it('tells a refused authentication with its close reason', async () => {
    server.onSocket = (socket) => socket.on('message', () => socket.close(1008, 'Invalid token'));

    const error = await refusal(open());

    expect(error.stage).to.equal('auth');
    expect(error.close).to.deep.equal({ code: 1008, reason: 'Invalid token' });
  });

  it('tells that nobody listens', async () => {
    const { url } = server;
    await server.stop();

    const error = await refusal(
      openPrefectSocket({ connection: aConnection({ apiUrl: url }), environment: {}, path: '/x', token: null }),
    );

    expect(error.stage).to.equal('network');
    await server.start();
  });

  it('stops opening when it is told to', async () => {
    server.onSocket = () => {};
    const stop = new AbortController();
    const opening = openPrefectSocket({
      connection: aConnection({ apiUrl: server.url }),
      environment: {},
      path: '/x',
      token: null,
      signal: stop.signal,
    });

    stop.abort(new Error('enough'));

    expect(await opening.catch((thrown: unknown) => thrown)).to.have.property('message', 'enough');
  });
});
