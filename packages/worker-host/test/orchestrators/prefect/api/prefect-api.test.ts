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

  describe('on a server that lists fewer at once', () => {
    const refusal = json({ detail: 'Invalid limit: must be less than or equal to 50.' }, 422);
    const limited = (body: Record<string, unknown>, all: readonly unknown[]) => {
      const { limit, offset = 0 } = body as { limit: number; offset?: number };
      return limit > 50 ? refusal : json(all.slice(offset, offset + limit));
    };
    const runs = Array.from({ length: 120 }, (_, index) => ({ id: `r${index}` }));

    it('asks for as many as it allows, from the first refusal on', async () => {
      const { api, script, transport } = createSubject();
      script.on('POST /flow_runs/filter', (body) => limited(body, runs));

      expect(await api.listFlowRuns({})).to.have.length(120);
      expect(transport.requests).to.have.length(1 + 3);
      expect(await api.listFlowRunPage({}, { sort: 'ID_DESC', limit: 200, offset: 0 })).to.deep.equal({
        items: runs.slice(0, 50),
        hasMore: true,
      });
      expect(transport.requests).to.have.length(5);
    });

    it('polls for as many as it allows', async () => {
      const { api, script } = createSubject();
      script.on('POST /work_pools/p/get_scheduled_flow_runs', (body) => limited(body, runs));

      const due = await api.getScheduledFlowRuns('p', { work_queue_names: [], scheduled_before: '', limit: 80 });

      expect(due).to.have.length(50);
    });

    it('throws another refusal as it is', async () => {
      const { api, script } = createSubject();
      script.on('POST /flow_runs/filter', json({ detail: 'Invalid sort.' }, 422));

      expect(await api.listFlowRuns({}).catch(({ code }) => code)).to.equal('PREFECT_REFUSED');
    });
  });
});
