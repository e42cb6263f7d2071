import { silentLogger, silentMeter } from '@worker-host/core';
import { expect } from 'chai';
import { PrefectApi } from '../../../../src/orchestrators/prefect/api/prefect-api.js';
import { RestClient } from '../../../../src/orchestrators/prefect/rest/rest-client.js';
import { aConnection } from '../support/a-connection.js';
import { ApiScript, json } from '../support/api-script.js';
import { FakeTransport } from '../support/fake-transport.js';
import { ManualClock, settle } from '../support/manual-clock.js';

describe('PrefectApi', () => {
  const createSubject = () => {
    const clock = new ManualClock();
    const script = new ApiScript();
    const transport = new FakeTransport(script.answer);
    const rest = new RestClient({
      connection: aConnection(),
      transport,
      clock,
      logger: silentLogger,
      meter: silentMeter,
      identityHeaders: () => ({}),
    });
    return { clock, script, transport, api: new PrefectApi(rest) };
  };

  it('counts logs and events towards the same rate limit, and nothing else', async () => {
    const { api, clock, script, transport } = createSubject();
    let tries = 0;
    script
      .on('POST /logs/', () => {
        tries += 1;
        return tries === 1 ? { status: 429, headers: { 'retry-after': '50' }, body: '' } : json(null);
      })
      .on('POST /events', json(null))
      .on('GET /flows/f', json({ id: 'f' }));
    void api.createLogs([]).catch(() => {});
    await settle();

    void api.createEvents([]);
    await api.readFlow('f');
    await clock.advance(49_000);
    expect(transport.paths).to.deep.equal(['POST /logs/', 'GET /flows/f']);
    await clock.advance(20_000);

    expect(transport.paths).to.include('POST /events');
  });
});
