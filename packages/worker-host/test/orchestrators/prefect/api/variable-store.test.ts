import { silentLogger, silentMeter } from '@worker-host/core';
import { expect } from 'chai';
import { ListReader } from '../../../../src/orchestrators/prefect/api/list-reader.js';
import { VariableStore } from '../../../../src/orchestrators/prefect/api/variable-store.js';
import { RestClient } from '../../../../src/orchestrators/prefect/rest/rest-client.js';
import { aConnection } from '../support/a-connection.js';
import { ApiScript, json } from '../support/api-script.js';
import { FakeTransport } from '../support/fake-transport.js';
import { ManualClock } from '../support/manual-clock.js';

const VARIABLE = { name: 'v', value: { a: 1 }, tags: ['t'] };
const PATCH = 'PATCH /variables/name/v';
const POST = 'POST /variables/';
const NO_CONTENT = { status: 204, body: '' };

describe('VariableStore', () => {
  function createSubject() {
    const script = new ApiScript();
    const transport = new FakeTransport(script.answer);
    const connection = aConnection({ maxRetries: 0 });
    const identityHeaders = () => ({});
    const rest = new RestClient({
      connection,
      transport,
      clock: new ManualClock(),
      logger: silentLogger,
      meter: silentMeter,
      identityHeaders,
    });
    return { script, transport, rest, store: new VariableStore(rest, new ListReader(rest)) };
  }

  const bodiesOf = (transport: FakeTransport) => transport.requests.map(({ body }) => JSON.parse(body ?? 'null'));

  it('sets only the value of an existing variable', async () => {
    const { script, store, transport } = createSubject();
    script.on(PATCH, NO_CONTENT);

    await store.put(VARIABLE);

    expect(transport.paths).to.deep.equal([PATCH]);
    expect(bodiesOf(transport)).to.deep.equal([{ value: { a: 1 } }]);
  });

  it('creates a variable that does not exist, whole', async () => {
    const { script, store, transport } = createSubject();
    script.on(POST, json({}, 201));

    await store.put(VARIABLE);

    expect(transport.paths).to.deep.equal([PATCH, POST]);
    expect(bodiesOf(transport)[1]).to.deep.equal(VARIABLE);
  });

  it('accepts that another client has created the variable meanwhile', async () => {
    const { script, store } = createSubject();
    script.on(POST, json({ detail: 'it exists' }, 409));

    await store.put(VARIABLE);
  });

  it('lists variables by a part of their name, those changed last first, without unreadable ones', async () => {
    const { script, store, transport } = createSubject();
    const updated = '2026-01-01T00:00:00Z';
    script.on('POST /variables/filter', json([{ name: 'v_1', value: 1, updated }, { name: 2 }]));

    expect(await store.list('v_', 100)).to.deep.equal([{ name: 'v_1', value: 1, updated }]);
    expect(bodiesOf(transport)).to.deep.equal([
      { variables: { name: { like_: 'v_' } }, sort: 'UPDATED_DESC', limit: 100, offset: 0 },
    ]);
  });

  it('reports no failure of the API for a response with 500, which its caller handles', async () => {
    const { script, store, rest } = createSubject();
    const fault = json({ exception_message: 'Internal Server Error' }, 500);
    script.on(PATCH, fault).on('POST /variables/filter', fault);

    for (const call of [store.put(VARIABLE), store.list('v', 1)])
      expect(await call.catch((error: unknown) => error)).to.have.property('code', 'ORCHESTRATOR_UNAVAILABLE');

    expect(rest.condition.problem).to.equal(null);
  });
});
