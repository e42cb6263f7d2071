import { request } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { openHealthServer } from '../../src/health/health-server.js';
import type { Listening } from '../../src/health/listening.js';
import { isOwnHost, type PageAccess, showsToken } from '../../src/health/page-access.js';
import type { HostStatus } from '../../src/host/status.js';

const OPEN: PageAccess = { hosts: [], token: null };
const CLOSED: PageAccess = { hosts: ['workers.example.com'], token: 'a long token' };

describe('isOwnHost', () => {
  for (const host of ['localhost:8080', '127.0.0.1:8080', '10.0.0.7', '[::1]:8080', 'worker', 'w.pods.svc', undefined])
    it(`accepts ${host}`, () => expect(isOwnHost(host, OPEN)).to.equal(true));
  for (const host of [
    'evil.example',
    'evil.example:8080',
    'a@localhost',
    '',
    '127.0.0.1.evil.example',
    'localhost.evil.example.',
  ])
    it(`rejects '${host}'`, () => expect(isOwnHost(host, OPEN)).to.equal(false));
  it('accepts configured names', () => {
    expect(isOwnHost('Workers.example.com:443', CLOSED)).to.equal(true);
  });
});

describe('showsToken', () => {
  const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;
  for (const [shown, expected] of [
    [undefined, false],
    ['Bearer a', false],
    [basic('a:b'), false],
    [basic('any:a long token'), true],
    ['bearer alongtoken', false],
  ] as const)
    it(`${expected ? 'accepts' : 'rejects'} ${shown}`, () => expect(showsToken(shown, CLOSED)).to.equal(expected));
  it('requires none if none is configured', () => expect(showsToken(undefined, OPEN)).to.equal(true));
});

describe('a health server', () => {
  let server: Listening;
  const status = {
    phase: 'working',
    stuckLoops: ['poll'],
    problems: ['private'],
    runs: [],
    passedOver: [],
    pluginFaults: [],
    slots: { taken: 0, limit: null },
  };
  const open = async (access: PageAccess): Promise<void> => {
    server = await openHealthServer({
      host: '127.0.0.1',
      port: 0,
      status: () =>
        ({
          workerName: 'w',
          workerType: 't',
          workPoolName: 'p',
          controlPlane: 'c',
          ...status,
        }) as unknown as HostStatus,
      meter: null,
      openPage: async () => ({ respond: async (_, response) => void response.end('page'), close: () => {} }),
      nowMs: () => 0,
      access,
    });
  };
  const get = (path: string, headers: Record<string, string> = {}) =>
    new Promise<{ code: number; body: string }>((resolve, reject) => {
      request({ port: server.port, host: '127.0.0.1', path, headers }, (answer) => {
        let body = '';
        answer.on('data', (chunk) => (body += chunk));
        answer.on('end', () => resolve({ code: answer.statusCode ?? 0, body }));
      })
        .on('error', reject)
        .end();
    });
  afterEach(() => server.close());

  it('shows nothing to a page of another site, and only the status of its health', async () => {
    await open(OPEN);

    expect((await get('/')).code).to.equal(200);
    expect(await get('/', { host: 'evil.example' })).to.have.property('code', 421);
    const health = await get('/health', { host: 'evil.example' });
    expect(health.code).to.equal(503);
    expect(health.body).not.to.contain('poll');
    expect((await get('/health')).body).to.contain('poll');
  });

  it('requires the token only for the page', async () => {
    await open(CLOSED);
    const authorization = `Basic ${Buffer.from('x:a long token').toString('base64')}`;

    expect((await get('/')).code).to.equal(401);
    expect((await get('/', { authorization })).code).to.equal(200);
    expect((await get('/ready')).body).not.to.contain('private');
    expect((await get('/ready', { authorization })).body).to.contain('private');
  });

  it('rejects large headers, and does not wait for a body', async () => {
    await open(OPEN);

    expect((await get('/', { 'x-big': 'a'.repeat(20_000) })).code).to.equal(431);
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(server.port, '127.0.0.1', () =>
        socket.write('GET /ready HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\nabc'),
      );
      socket
        .on('data', (chunk) => (text += chunk))
        .on('close', () => resolve(text))
        .on('error', () => resolve(text));
    });
    expect(answer)
      .to.match(/^HTTP\/1.1 503/)
      .and.to.match(/connection: close/i);
  });
});
