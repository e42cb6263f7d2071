import {
  OrchestratorUnauthorizedError,
  OrchestratorUnavailableError,
  silentLogger,
  silentMeter,
} from '@worker-host/core';
import { expect } from 'chai';
import { PREFECT_VERSION, type PrefectConnection } from '../../../../src/orchestrators/prefect/connection.js';
import type {
  HttpAnswer,
  HttpRequest,
  TransportFailure,
} from '../../../../src/orchestrators/prefect/rest/http-transport.js';
import { RestClient } from '../../../../src/orchestrators/prefect/rest/rest-client.js';
import {
  PrefectAnswerUnreadableError,
  PrefectConflictError,
  PrefectNotFoundError,
  PrefectPlanError,
  PrefectRefusedError,
} from '../../../../src/orchestrators/prefect/rest/rest-errors.js';
import { aConnection } from '../support/a-connection.js';
import { FakeTransport } from '../support/fake-transport.js';
import { ManualClock, settle } from '../support/manual-clock.js';

const WHAT = 'Testing';

describe('RestClient', () => {
  const createSubject = (
    answer: (request: HttpRequest, index: number) => Partial<HttpAnswer> | TransportFailure,
    changes: Partial<PrefectConnection> = {},
  ) => {
    const clock = new ManualClock();
    const transport = new FakeTransport(answer);
    const client = new RestClient({
      connection: aConnection(changes),
      transport,
      clock,
      logger: silentLogger,
      meter: silentMeter,
      identityHeaders: () => ({ 'X-Prefect-Worker-Name': 'w1' }),
    });
    return { clock, transport, client };
  };

  /** Runs a call to its end, moving the clock as far as it takes. */
  const outcome = async (clock: ManualClock, call: Promise<unknown>): Promise<unknown> => {
    const settled = call.catch((error: unknown) => error);
    await clock.advance(10 * 60_000);
    return settled;
  };

  it('sends the headers of a Prefect client', async () => {
    const { client, transport } = createSubject(() => ({}), {
      authorization: 'Bearer k',
      customHeaders: { 'X-Team': 'a' },
    });

    await client.call({ method: 'POST', path: '/flows/', body: { name: 'ä' }, what: WHAT });

    expect(transport.requests[0]).to.deep.include({
      method: 'POST',
      url: 'http://prefect.test/api/flows/',
      body: '{"name":"ä"}',
      headers: {
        Accept: 'application/json',
        'User-Agent': `prefect/${PREFECT_VERSION} (API 0.8.4)`,
        'X-PREFECT-API-VERSION': '0.8.4',
        'Content-Type': 'application/json',
        Authorization: 'Bearer k',
        'X-Prefect-Worker-Name': 'w1',
        'X-Team': 'a',
      },
    });
  });

  it('preserves the spelling of numbers in responses and request bodies', async () => {
    const text = '{"job_variables":{"tag":2.0,"channel":1098765432109876543}}';
    const { client, transport } = createSubject(() => ({ body: text }));

    const answer = await client.call({ path: '/x', what: WHAT });
    await client.call({ method: 'POST', path: '/x', body: answer, what: WHAT });

    expect(transport.requests[1]?.body).to.equal(text);
  });

  it('replaces its own Authorization header with a custom one', async () => {
    const { client, transport } = createSubject(() => ({}), {
      authorization: 'Bearer k',
      customHeaders: { authorization: 'Custom' },
    });

    await client.call({ path: '/x', what: WHAT });

    expect(transport.requests[0]?.headers).to.include({ authorization: 'Custom' });
    expect(transport.requests[0]?.headers).not.to.have.property('Authorization');
  });

  it('reads an empty response as null', async () => {
    const { client } = createSubject(() => ({ status: 204, body: '' }));

    expect(await client.call({ path: '/x', what: WHAT })).to.equal(null);
  });

  it('fails on a response that exceeds the size limit, without a retry', async () => {
    const { client, transport } = createSubject(() => 'too-large');

    const error = await client.call({ path: '/x', what: WHAT }).catch((thrown: unknown) => thrown);

    expect(error).to.be.instanceOf(OrchestratorUnavailableError);
    expect(error).to.have.nested.property('cause.code', 'PREFECT_ANSWER_TOO_LARGE');
    expect(client.condition.problem).to.contain('too-large');
    expect(transport.requests).to.have.length(1);
  });

  it('does not parse a response with too many levels or values', async () => {
    for (const body of ['['.repeat(1001) + ']'.repeat(1001), `[${'0,'.repeat(200_000)}0]`]) {
      const { client, transport } = createSubject(() => ({ body }));

      const error = await client.call({ path: '/x', what: WHAT }).catch((thrown: unknown) => thrown);

      expect(error).to.have.nested.property('cause.code', 'PREFECT_ANSWER_TOO_LARGE');
      expect(transport.requests).to.have.length(1);
    }
  });

  it('names the encoding of a response that is compressed without being requested', async () => {
    const { client, clock } = createSubject(() => ({ headers: { 'content-encoding': 'gzip' }, body: '\x1f\x8b' }));

    const error = await outcome(clock, client.call({ path: '/x', what: WHAT }));

    expect(error).to.have.property('message').that.contains('compressed (gzip)');
  });

  it('retries while the server is busy', async () => {
    const { client, clock, transport } = createSubject((_request, index) =>
      index < 3 ? { status: 503, body: '{"exception_message":"Service Unavailable"}' } : { body: '{"ok":1}' },
    );

    expect(await outcome(clock, client.call({ path: '/x', what: WHAT }))).to.deep.equal({ ok: 1 });
    expect(transport.requests).to.have.length(4);
  });

  it('gives up on a busy server after the last retry, without a final wait', async () => {
    const { client, clock, transport } = createSubject(() => ({ status: 503, body: '{"exception_message":"busy"}' }));

    const error = await outcome(clock, client.call({ path: '/x', what: WHAT }));

    expect(error).to.be.instanceOf(OrchestratorUnavailableError);
    expect(transport.requests).to.have.length(6);
    const beforeReport = 10_000;
    expect(clock.waitsMs.filter((ms) => ms !== beforeReport)).to.have.length(5);
    expect(clock.waitsMs.at(-1)).to.equal(beforeReport);
  });

  it('retries immediately after a cut connection', async () => {
    const { client, transport } = createSubject((_request, index) => (index === 0 ? 'reset' : { body: '1' }));

    expect(await client.call({ path: '/x', what: WHAT })).to.equal(1);
    expect(transport.requests).to.have.length(2);
  });

  it('fails immediately if no server has ever responded', async () => {
    const { client, transport } = createSubject(() => 'connect');

    await client.call({ path: '/x', what: WHAT }).then(
      () => expect.fail('should have failed'),
      (error: unknown) => expect(error).to.be.instanceOf(OrchestratorUnavailableError),
    );
    expect(transport.requests).to.have.length(1);
  });

  for (const [title, answer, type, code] of [
    ['404', { status: 404, body: '{"detail":"gone"}' }, PrefectNotFoundError, 'PREFECT_NOT_FOUND'],
    ['409', { status: 409, body: '{"detail":"dup"}' }, PrefectConflictError, 'PREFECT_CONFLICT'],
    ['422', { status: 422, body: '{"detail":"bad"}' }, PrefectRefusedError, 'PREFECT_REFUSED'],
    ['403', { status: 403, body: '{"detail":"no"}' }, PrefectRefusedError, 'PREFECT_REFUSED'],
    [
      '401',
      { status: 401, body: '{"exception_message":"Unauthorized"}' },
      OrchestratorUnauthorizedError,
      'ORCHESTRATOR_UNAUTHORIZED',
    ],
    [
      '500',
      { status: 500, body: '{"exception_message":"x"}' },
      OrchestratorUnavailableError,
      'ORCHESTRATOR_UNAVAILABLE',
    ],
    [
      "403 about Prefect Cloud's plan",
      { status: 403, body: '{"detail":"Your plan does not support hybrid work pools."}' },
      PrefectPlanError,
      'PREFECT_PLAN_NOT_SUPPORTED',
    ],
  ] as const) {
    it(`throws ${code} for ${title}, without a retry`, async () => {
      const { client, transport } = createSubject(() => answer);

      const error = await client.call({ path: '/x', what: WHAT }).catch((thrown: unknown) => thrown);

      expect(error).to.be.instanceOf(type);
      expect(error).to.have.property('code', code);
      expect(transport.requests).to.have.length(1);
    });
  }

  it('reads 404 as null if the caller asks for that', async () => {
    const { client } = createSubject(() => ({ status: 404, body: '{"detail":"gone"}' }));

    expect(await client.callOrNull({ path: '/x', what: WHAT })).to.equal(null);
  });

  it('follows a 307 with method, body and credentials', async () => {
    const { client, transport } = createSubject(
      (_request, index) =>
        index === 0 ? { status: 307, headers: { location: '/api/flows/' }, body: '' } : { body: '2' },
      { authorization: 'Basic x' },
    );

    expect(await client.call({ method: 'POST', path: '/flows', body: {}, what: WHAT })).to.equal(2);
    expect(transport.requests[1]).to.deep.include({
      method: 'POST',
      url: 'http://prefect.test/api/flows/',
      body: '{}',
    });
    expect(transport.requests[1]?.headers).to.include({ Authorization: 'Basic x' });
  });

  it('sends neither credentials nor custom headers nor its identity to another host', async () => {
    const { client, transport } = createSubject(
      (_request, index) => (index === 0 ? { status: 307, headers: { location: 'http://other.test/x' }, body: '' } : {}),
      { authorization: 'Basic x', customHeaders: { 'X-Gate': 's', 'Proxy-Authorization': 'p', Cookie: 'c' } },
    );

    await client.call({ path: '/x', what: WHAT });

    expect(Object.keys(transport.requests[1]?.headers ?? {})).to.have.members([
      'Accept',
      'User-Agent',
      'X-PREFECT-API-VERSION',
    ]);
  });

  it('keeps them on a redirect from http to https of the same host', async () => {
    const { client, transport } = createSubject(
      (_request, index) =>
        index === 0 ? { status: 308, headers: { location: 'https://prefect.test/api/x' }, body: '' } : {},
      { authorization: 'Basic x', customHeaders: { 'X-Gate': 's' } },
    );

    await client.call({ path: '/x', what: WHAT });

    expect(transport.requests[1]?.url).to.equal('https://prefect.test/api/x');
    expect(transport.requests[1]?.headers).to.include({ Authorization: 'Basic x', 'X-Gate': 's' });
  });

  it('gives up on a redirect loop', async () => {
    const { client } = createSubject(() => ({ status: 307, headers: { location: '/api/x' }, body: '' }));

    const error = await client.call({ path: '/x', what: WHAT }).catch((thrown: unknown) => thrown);

    expect(error).to.be.instanceOf(PrefectAnswerUnreadableError);
  });

  it('holds all requests back for the delay of a rate limit', async () => {
    const { client, clock, transport } = createSubject((_request, index) =>
      index === 0 ? { status: 429, headers: { 'retry-after': '30' }, body: '' } : {},
    );
    const first = client.call({ path: '/1', what: WHAT });
    await settle();

    const second = client.call({ path: '/2', what: WHAT });
    await clock.advance(29_000);
    expect(transport.requests).to.have.length(1);
    await clock.advance(10_000);
    await Promise.all([first, second]);

    expect(transport.requests).to.have.length(3);
  });

  it('stops waiting when its signal is aborted', async () => {
    const { client } = createSubject(() => ({ status: 503, body: '' }));
    const stop = new AbortController();
    const call = client.call({ path: '/x', what: WHAT, signal: stop.signal });
    await settle();

    stop.abort(new Error('enough'));

    expect(await call.catch((thrown: unknown) => thrown)).to.have.property('message', 'enough');
  });

  it('estimates the server time from responses', async () => {
    const { client, clock } = createSubject(() => ({ headers: { date: 'Fri, 01 Jan 2027 00:10:00 GMT' } }));

    await client.call({ path: '/x', what: WHAT });

    expect(client.serverNowMs() - clock.nowMs()).to.equal(600_000);
  });

  describe('with CSRF protection', () => {
    const TOKEN = (token: string) => ({
      body: JSON.stringify({ token, expiration: '2027-01-01T01:00:00Z' }),
    });

    it('fetches one token for all requests that change something, and none for reads', async () => {
      const { client, transport } = createSubject(({ url }) => (url.includes('csrf-token') ? TOKEN('t1') : {}), {
        isCsrfSupported: true,
      });

      await client.call({ path: '/read', what: WHAT });
      await Promise.all([1, 2, 3].map(() => client.call({ method: 'POST', path: '/x', body: {}, what: WHAT })));

      expect(transport.paths.filter((path) => path.includes('csrf-token'))).to.have.length(1);
      expect(transport.requests[0]?.headers).not.to.have.property('Prefect-Csrf-Token');
      expect(transport.requests.at(-1)?.headers).to.include({ 'Prefect-Csrf-Token': 't1' });
      expect(transport.requests.at(-1)?.headers).to.have.property('Prefect-Csrf-Client');
    });

    it('fetches a new token when the old one has expired', async () => {
      const { client, clock, transport } = createSubject(({ url }) => (url.includes('csrf-token') ? TOKEN('t') : {}), {
        isCsrfSupported: true,
      });

      await client.call({ method: 'POST', path: '/x', body: {}, what: WHAT });
      await clock.advance(3_600_000);
      await client.call({ method: 'POST', path: '/x', body: {}, what: WHAT });

      expect(transport.paths.filter((path) => path.includes('csrf-token'))).to.have.length(2);
    });

    it('fetches a new token and retries when the server rejects the old one', async () => {
      let tokens = 0;
      const { client } = createSubject(
        ({ url, headers }) => {
          if (url.includes('csrf-token')) {
            tokens += 1;
            return TOKEN(`t${tokens}`);
          }
          if (headers['Prefect-Csrf-Token'] === 't2') return { body: '"done"' };
          return { status: 403, body: '{"detail":"Invalid CSRF token or client identifier."}' };
        },
        { isCsrfSupported: true },
      );

      expect(await client.call({ method: 'POST', path: '/x', body: {}, what: WHAT })).to.equal('done');
    });

    for (const off of [
      { status: 404, body: '{"detail":"Not Found"}' },
      { status: 422, body: '{"detail":"CSRF protection is disabled."}' },
    ]) {
      it(`sends no token any more when the server responds ${off.status}`, async () => {
        const { client, transport } = createSubject(({ url }) => (url.includes('csrf-token') ? off : {}), {
          isCsrfSupported: true,
        });

        await client.call({ method: 'POST', path: '/x', body: {}, what: WHAT });
        await client.call({ method: 'PATCH', path: '/y', body: {}, what: WHAT });

        expect(transport.paths.map((path) => path.replace(/=.*/, ''))).to.deep.equal([
          'GET /csrf-token?client',
          'POST /x',
          'PATCH /y',
        ]);
      });
    }
  });
});
