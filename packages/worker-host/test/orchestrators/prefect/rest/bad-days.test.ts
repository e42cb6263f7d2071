import { type Logger, OrchestratorUnavailableError, silentLogger, silentMeter } from '@worker-host/core';
import { expect } from 'chai';
import type { PrefectConnection } from '../../../../src/orchestrators/prefect/connection.js';
import type {
  HttpAnswer,
  HttpRequest,
  TransportFailure,
} from '../../../../src/orchestrators/prefect/rest/http-transport.js';
import type { RestCall } from '../../../../src/orchestrators/prefect/rest/rest-call.js';
import { RestClient } from '../../../../src/orchestrators/prefect/rest/rest-client.js';
import { PrefectAnswerUnreadableError } from '../../../../src/orchestrators/prefect/rest/rest-errors.js';
import { aConnection } from '../support/a-connection.js';
import { FakeTransport } from '../support/fake-transport.js';
import { ManualClock, settle } from '../support/manual-clock.js';

const HTML = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>One moment</html>' };
const MAINTENANCE = { status: 503, headers: { 'prefect-maintenance': 'true', 'retry-after': '600' }, body: '' };

describe('RestClient on a bad day', () => {
  const createSubject = (
    answer: (request: HttpRequest, index: number) => Partial<HttpAnswer> | TransportFailure,
    changes: Partial<PrefectConnection> = {},
  ) => {
    const clock = new ManualClock();
    const said: string[] = [];
    const note = (message: string, fields: object = {}): void => void said.push(`${message} ${JSON.stringify(fields)}`);
    const logger: Logger = { ...silentLogger, info: note, warn: note };
    const transport = new FakeTransport(answer);
    const connection = aConnection(changes);
    const client = new RestClient({
      connection,
      transport,
      clock,
      logger,
      meter: silentMeter,
      identityHeaders: () => ({}),
    });
    const call = (path: string, more: Partial<RestCall> = {}) => client.call({ path, what: 'Testing', ...more });
    return { clock, transport, client, call, said };
  };

  /** When each path was answered, in seconds from the start. */
  const answeredAt = (clock: ManualClock, calls: Readonly<Record<string, Promise<unknown>>>) => {
    const startedAtMs = clock.monotonicMs();
    const times: Record<string, number> = {};
    for (const [name, call] of Object.entries(calls)) {
      void call.then(() => {
        times[name] = (clock.monotonicMs() - startedAtMs) / 1000;
      });
    }
    return times;
  };

  it('continues with requests while logs are delayed by their own limit', async () => {
    const { clock, call } = createSubject(({ url }, index) =>
      url.endsWith('/logs/') && index === 0 ? { status: 429, headers: { 'retry-after': '50' }, body: '' } : {},
    );
    const logs = call('/logs/', { method: 'POST', body: [], bucket: 'logs and events' });
    await settle();

    const times = answeredAt(clock, {
      logs,
      events: call('/events', { method: 'POST', body: [], bucket: 'logs and events' }),
      state: call('/flow_runs/1/set_state', { method: 'POST', body: {} }),
      poll: call('/poll'),
    });
    for (let second = 0; second < 100; second += 1) await clock.advance(1000);

    expect(times).to.include({ state: 0, poll: 0 });
    expect(times.events).to.be.within(50, 60);
    expect(times.logs).to.be.within(50, 60);
  });

  it('does not interpret a rate limit as a sign of load, or of free capacity', async () => {
    const { clock, call, transport } = createSubject(() => ({
      status: 429,
      headers: { 'retry-after': '1' },
      body: '',
    }));
    const logs = call('/logs/', { bucket: 'logs and events' }).catch(() => {});
    for (let second = 0; second < 20; second += 1) await clock.advance(1000);
    await logs;
    let inFlight = 0;
    transport.send = () => {
      inFlight += 1;
      return new Promise(() => {});
    };

    for (let index = 0; index < 8; index += 1) void call(`/${index}`);
    await settle();

    const atStart = 4;
    expect(inFlight).to.equal(atStart);
  });

  for (const asked of ['3600', '9999999', 'Fri, 01 Jan 2027 10:00:00 GMT']) {
    it(`retries after a minute if Retry-After is ${asked}, and logs it once`, async () => {
      const { clock, call, said, transport } = createSubject((_request, index) =>
        index < 2 ? { status: 429, headers: { 'retry-after': asked }, body: '' } : {},
      );

      const times = answeredAt(clock, { call: call('/x') });
      for (let second = 0; second < 200; second += 1) await clock.advance(1000);

      expect(times.call).to.be.within(120, 145);
      expect(transport.requests).to.have.length(3);
      expect(said.filter((line) => line.includes('asks for a long wait'))).to.have.length(1);
    });
  }

  it('interprets a date in Retry-After by the clock of the server', async () => {
    const { clock, call } = createSubject((_request, index) =>
      index === 0
        ? {
            status: 503,
            headers: { date: 'Fri, 01 Jan 2027 05:00:00 GMT', 'retry-after': 'Fri, 01 Jan 2027 05:00:10 GMT' },
            body: '',
          }
        : {},
    );

    const times = answeredAt(clock, { call: call('/x') });
    for (let second = 0; second < 30; second += 1) await clock.advance(1000);

    expect(times.call).to.be.within(10, 12);
  });

  it('waits for announced maintenance, retries once a minute, and logs its beginning and end', async () => {
    let isOver = false;
    const { clock, call, client, said, transport } = createSubject(() => (isOver ? {} : MAINTENANCE), {
      isCloud: true,
    });
    const first = call('/1');
    await settle();

    const logs = call('/logs/', { bucket: 'logs and events' });
    const times = answeredAt(clock, { first, logs, later: call('/2') });
    for (let second = 0; second < 60; second += 1) await clock.advance(1000);
    expect(transport.paths).to.deep.equal(['GET /1']);
    for (let minute = 0; minute < 20; minute += 1) await clock.advance(60_000);
    expect(times).to.deep.equal({});
    expect(client.condition.problem).to.contain('maintenance');
    expect(transport.requests.length).to.be.lessThan(70);
    isOver = true;
    for (let second = 0; second < 90; second += 1) await clock.advance(1000);

    expect(Object.keys(times)).to.have.members(['first', 'logs', 'later']);
    expect(client.condition.problem).to.equal(null);
    expect(said.map((line) => line.split(' {')[0])).to.deep.equal([
      'The Prefect API announces maintenance; requests wait until it has ended',
      'The Prefect API asks for a long wait; the worker retries sooner',
      'The maintenance of the Prefect API has ended',
    ]);
  });

  it('waits in maintenance without an announced end', async () => {
    const { clock, call, transport } = createSubject((_request, index) =>
      index < 20 ? { ...MAINTENANCE, headers: { 'prefect-maintenance': 'True' } } : {},
    );

    const times = answeredAt(clock, { call: call('/x') });
    for (let minute = 0; minute < 15; minute += 1) await clock.advance(60_000);

    expect(times).to.have.property('call');
    expect(transport.requests).to.have.length(21);
  });

  it('retries after the page of a proxy instead of a response', async () => {
    const { clock, call } = createSubject((_request, index) => (index < 3 ? HTML : { body: '{"ok":1}' }));

    const answered = call('/x');
    await clock.advance(10_000);

    expect(await answered).to.deep.equal({ ok: 1 });
  });

  for (const [status, body] of [
    [404, '<html>default backend - 404</html>'],
    [404, ''],
    [403, 'Forbidden'],
    [409, '[]'],
    [200, '{"cut":'],
  ] as const) {
    it(`never treats ${status} with ${JSON.stringify(body)} as a response of Prefect`, async () => {
      const { clock, call, transport } = createSubject((_request, index) => (index === 0 ? {} : { status, body }));
      await call('/first');

      const failure = call('/x').catch((error: unknown) => error);
      await clock.advance(60_000);

      expect(await failure).to.be.instanceOf(OrchestratorUnavailableError);
      expect((await failure) as Error)
        .to.have.property('cause')
        .instanceOf(PrefectAnswerUnreadableError);
      expect(transport.requests).to.have.length(7);
    });
  }

  it('reports a wrong URL if no response was ever readable', async () => {
    const { clock, call } = createSubject(() => HTML);

    const failure = call('/x').catch((error: unknown) => error);
    await clock.advance(60_000);

    expect(await failure).to.be.instanceOf(PrefectAnswerUnreadableError);
    expect(((await failure) as Error).message).to.contain('PREFECT_API_URL');
  });

  it('treats 413 of a proxy as an error of the request', async () => {
    const { call, transport } = createSubject(() => ({ status: 413, body: '<html>413</html>' }));

    expect(await call('/logs/').catch((error: unknown) => error)).to.have.property('code', 'PREFECT_REFUSED');
    expect(transport.requests).to.have.length(1);
  });

  it('parses an id without quotes, as in the response of Prefect Cloud to a heartbeat', async () => {
    const id = '7b0bd0a4-8b5e-4d3c-9d0e-0c5c3a5f3f11';
    const { call } = createSubject(() => ({ body: id }));

    expect(await call('/x')).to.equal(id);
  });

  it('fetches the CSRF token again if the response is not JSON', async () => {
    const { clock, call, transport } = createSubject(
      ({ url }, index) => {
        if (!url.includes('csrf-token')) return { body: '"done"' };
        return index < 2 ? HTML : { body: '{"token":"t","expiration":"2027-01-01T01:00:00Z"}' };
      },
      { isCsrfSupported: true },
    );

    const answered = call('/x', { method: 'POST', body: {} });
    await clock.advance(10_000);

    expect(await answered).to.equal('done');
    expect(transport.requests.at(-1)?.headers).to.include({ 'Prefect-Csrf-Token': 't' });
  });

  it('reports a server that accepts and never responds after ten seconds', async () => {
    const { call, clock, said, transport } = createSubject(() => ({}));
    transport.send = () => new Promise(() => {});

    void call('/x');
    await clock.advance(9999);
    expect(said).to.deep.equal([]);
    await clock.advance(1);

    expect(said.join()).to.contain('does not respond').and.to.contain('no response within 10 s');
  });

  it('reports a call that is retried for ten seconds before it gives up', async () => {
    const { call, clock, said } = createSubject(() => 'timeout');

    void call('/x').catch(() => {});
    await clock.advance(3000);
    expect(said).to.deep.equal([]);
    await clock.advance(5000);

    expect(said).to.have.length(1);
    expect(said[0]).to.contain('fake timeout');
  });

  it('gives up immediately on an untrusted certificate', async () => {
    const { call, said, transport } = createSubject(() => 'untrusted');

    expect(await call('/x').catch((error: unknown) => error)).to.be.instanceOf(OrchestratorUnavailableError);
    expect(transport.requests).to.have.length(1);
    expect(said).to.have.length(1);
  });

  it('reports once that the server has another URL', async () => {
    const { call, said } = createSubject(({ url }) =>
      url.startsWith('http:') ? { status: 308, headers: { location: url.replace('http:', 'https:') }, body: '' } : {},
    );

    await call('/1');
    await call('/2');

    expect(said).to.have.length(1);
    expect(said[0]).to.contain('set PREFECT_API_URL to it').and.to.contain('https://prefect.test');
  });

  it('follows at most twenty redirects', async () => {
    const { call, transport } = createSubject(({ url }) => ({
      status: 307,
      headers: { location: `${url}x` },
      body: '',
    }));

    expect(await call('/x').catch((error: unknown) => error)).to.be.instanceOf(PrefectAnswerUnreadableError);
    expect(transport.requests).to.have.length(21);
  });

  it('treats redirects that lead nowhere as an outage once the API has responded', async () => {
    let isWell = true;
    const { call, client, said } = createSubject(({ url }) =>
      isWell ? {} : { status: 302, headers: { location: url }, body: '' },
    );
    await call('/first');
    isWell = false;

    const failure = await call('/x').catch((error: unknown) => error);

    expect(failure).to.be.instanceOf(OrchestratorUnavailableError);
    expect(failure).to.have.property('cause').instanceOf(PrefectAnswerUnreadableError);
    await call('/y').catch(() => {});
    expect(client.condition.problem).to.contain('redirects too often');
    expect(said).to.have.length(1);
  });

  it('ends every call when it closes: in flight, before the gate, between two attempts, and later ones', async () => {
    const { call, client, clock, transport } = createSubject(() => ({ status: 503, body: '' }), { isCloud: true });
    const failures: unknown[] = [];
    const note = (error: unknown): void => void failures.push(error);
    call('/retried').catch(note);
    await settle();
    transport.send = ({ signal }) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    for (let index = 0; index < 6; index += 1) call(`/${index}`).catch(note);
    await settle();
    expect(failures).to.deep.equal([]);

    client.close();
    await settle();
    call('/late').catch(note);
    await settle();

    expect(failures).to.have.length(8);
    expect(failures.every((error) => error instanceof OrchestratorUnavailableError)).to.equal(true);
    await clock.advance(60_000);
  });

  it('listens once on the signal of its caller, however many calls use it, and stops listening afterwards', async () => {
    const { call } = createSubject(() => ({}));
    const { signal } = new AbortController();
    let listeners = 0;
    let most = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...given: Parameters<typeof addEventListener>) => {
      listeners += 1;
      most = Math.max(most, listeners);
      return addEventListener.apply(signal, given);
    };
    signal.removeEventListener = (...given: Parameters<typeof removeEventListener>) => {
      listeners -= 1;
      return removeEventListener.apply(signal, given);
    };

    await Promise.all(Array.from({ length: 30 }, (_, index) => call(`/${index}`, { signal })));

    expect(listeners).to.equal(0);
    expect(most).to.equal(1);
  });

  it('ends only the calls of a signal when it is aborted', async () => {
    const { call, transport } = createSubject(() => ({}));
    transport.send = ({ signal }) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    const [one, two] = [new AbortController(), new AbortController()];
    const ended: string[] = [];
    const note = (name: string, { signal }: AbortController): void =>
      void call(`/${name}`, { signal }).catch((error: unknown) => ended.push(`${name} ${String(error)}`));
    note('a', one);
    note('b', one);
    note('c', two);
    await settle();

    one.abort('stop');
    note('d', one);
    await settle();

    expect(ended).to.have.members(['a stop', 'b stop', 'd stop']);
  });

  it('does not report a 500 that its caller handles', async () => {
    const { call, client, said } = createSubject(() => ({ status: 500, body: '{"exception_message":"x"}' }));

    const failure = await call('/x', { isFaultHandled: true }).catch((error: unknown) => error);

    expect(failure).to.be.instanceOf(OrchestratorUnavailableError);
    expect(client.condition.problem).to.equal(null);
    expect(said).to.deep.equal([]);
  });
});
