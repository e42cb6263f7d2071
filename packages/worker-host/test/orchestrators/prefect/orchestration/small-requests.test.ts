import { OrchestratorUnavailableError } from '@worker-host/core';
import { RecordingLogger } from '@worker-host/testing';
import { expect } from 'chai';
import type { ApiFlowRun } from '../../../../src/orchestrators/prefect/api/api-types.js';
import type { PrefectApi } from '../../../../src/orchestrators/prefect/api/prefect-api.js';
import { pollCancellations } from '../../../../src/orchestrators/prefect/orchestration/cancel-poll.js';
import { giveBack } from '../../../../src/orchestrators/prefect/orchestration/give-back.js';
import { readLaunchPlaces } from '../../../../src/orchestrators/prefect/orchestration/launch-places.js';
import { PrefectReferences } from '../../../../src/orchestrators/prefect/orchestration/prefect-references.js';
import { launchLabel } from '../../../../src/orchestrators/prefect/orchestration/run-labels.js';
import { checkServerVersion } from '../../../../src/orchestrators/prefect/orchestration/server-version.js';
import type { PrefectParts } from '../../../../src/orchestrators/prefect/prefect-parts.js';
import { PrefectNotFoundError } from '../../../../src/orchestrators/prefect/rest/rest-errors.js';
import { aRun } from '../support/a-run.js';

const asApi = (api: object) => api as unknown as PrefectApi;
describe('pollCancellations', () => {
  const poll = async (
    heldIds: readonly string[],
    hasOthers: boolean,
    answers: readonly (readonly ApiFlowRun[])[] = [],
  ) => {
    const filters: unknown[] = [];
    const left = [...answers];
    const api = {
      listFlowRuns: async (filter: unknown) => {
        filters.push(filter);
        return left.shift() ?? [];
      },
    };
    const heard: string[] = [];
    await pollCancellations(asApi(api), { workPoolName: 'p', heldIds, hasOthers }, (id) => heard.push(id));
    return { filters, heard };
  };
  const held = (types: readonly string[], ids: readonly string[]) => ({
    flow_runs: { state: { type: { any_: types } }, id: { any_: ids } },
  });
  const ofPool = { flow_runs: { state: { type: { any_: ['CANCELLING'] } } }, work_pools: { name: { any_: ['p'] } } };

  it('asks nothing where nothing may be cancelled', async () => {
    expect((await poll([], false)).filters).to.deep.equal([]);
  });

  it('asks for the pool where others may be alive, and for its own runs that were cancelled already', async () => {
    const { filters, heard } = await poll(['a'], true, [[aRun({ id: 'x' }), aRun({ id: 'a' })], [aRun({ id: 'a' })]]);

    expect(filters).to.deep.equal([ofPool, held(['CANCELLED'], ['a'])]);
    expect(heard).to.deep.equal(['x', 'a', 'a']);
  });

  it('asks for its own runs by two hundred, and reports those that never ran or are being cancelled', async () => {
    const ids = Array.from({ length: 201 }, (_, index) => `r-${index}`);
    const start_time = '2027-01-01T00:00:00Z';
    const { filters, heard } = await poll(ids, false, [
      [
        aRun({ id: 'never-ran', state_type: 'CANCELLED' }),
        aRun({ id: 'ran', state_type: 'CANCELLED', start_time }),
        aRun({ id: 'running', state_type: 'CANCELLING', start_time }),
      ],
      [aRun({ id: 'r-200', state_type: 'CANCELLING' })],
    ]);

    const types = ['CANCELLING', 'CANCELLED'];
    expect(filters).to.deep.equal([held(types, ids.slice(0, 200)), held(types, ['r-200'])]);
    expect(heard).to.deep.equal(['never-ran', 'running', 'r-200']);
  });
});

describe('giveBack', () => {
  const back = async (states: readonly object[]) => {
    const sent: unknown[][] = [];
    const api = {
      readFlowRunStates: async () => states,
      setFlowRunState: async (...words: unknown[]) => void sent.push(words),
    };
    return { reason: await giveBack(asApi(api), 'r1'), sent };
  };

  it('puts the last final state back by force, with a new transition id', async () => {
    const data = { type: 'x' };
    const { reason, sent } = await back([
      { type: 'FAILED', name: 'Failed', message: null },
      { type: 'COMPLETED', name: 'Done', message: 'm', data, state_details: { transition_id: 'old', a: 1 } },
      { type: 'PENDING', name: 'Pending', message: null },
    ]);

    expect(reason).to.equal('the run has ended meanwhile [state=Done]');
    const [id, state, isForced] = sent[0] ?? [];
    expect([id, isForced]).to.deep.equal(['r1', true]);
    expect(state).to.deep.include({ type: 'COMPLETED', name: 'Done', message: 'm', data });
    expect((state as { state_details: object }).state_details)
      .to.include({ a: 1 })
      .and.not.include({ transition_id: 'old' });
  });

  it('names a state by its type, without data where it has none', async () => {
    const { reason, sent } = await back([{ type: 'CRASHED', name: null, message: null }]);

    expect(sent[0]?.[1]).to.include({ type: 'CRASHED', name: 'CRASHED', data: null });
    expect(reason).to.equal('the run has ended meanwhile [state=unknown]');
  });

  it('puts nothing back where no state is final', async () => {
    expect(await back([{ type: 'PENDING', name: 'Pending' }])).to.deep.equal({
      reason: 'the run has ended meanwhile [state=unknown]',
      sent: [],
    });
  });
});

describe('readLaunchPlaces', () => {
  it('gives each place once, newest first, a hundred at most, of two hundred runs', async () => {
    const launch = (place: Record<string, string>) =>
      aRun({ labels: launchLabel('a', { relaunch: 0, place, earlierPid: null }) });
    const pages: unknown[] = [];
    const items = [
      launch({ a: '1', b: '2' }),
      aRun(),
      launch({ b: '2', a: '1' }),
      ...Array.from({ length: 120 }, (_, index) => launch({ a: `${index + 2}`, b: '2' })),
    ];
    const api = {
      listFlowRunPage: async (_filter: unknown, page: unknown) => {
        pages.push(page);
        return { items, hasMore: false };
      },
    };

    const places = await readLaunchPlaces(asApi(api), 'p');

    expect(pages).to.deep.equal([{ sort: 'START_TIME_DESC', limit: 200, offset: 0 }]);
    expect(places).to.have.length(100);
    expect(places.slice(0, 2)).to.deep.equal([
      { a: '1', b: '2' },
      { a: '2', b: '2' },
    ]);
  });
});

describe('PrefectReferences', () => {
  const document = { id: 'b1', name: 'n', data: { a: 1 } };
  const read = (block: object | null) => {
    const references = new PrefectReferences(
      asApi({ readBlockDocumentById: async () => block, readBlockDocument: async () => block }),
    );
    return Promise.all([references.readBlockDocumentById('b1'), references.readBlockDocument('t', 'n')]);
  };

  it('gives a block with its secret fields, and null for none', async () => {
    const secret = { ...document, block_type: { slug: 't' }, block_schema: { fields: { secret_fields: ['a', 1] } } };
    const whole = { id: 'b1', typeSlug: 't', name: 'n', data: { a: 1 }, secretFields: ['a'] };
    const plain = { ...whole, typeSlug: '', secretFields: [] };

    expect(await read(secret)).to.deep.equal([whole, whole]);
    expect(await read(document)).to.deep.equal([plain, plain]);
    expect(await read(null)).to.deep.equal([null, null]);
  });

  it('gives a variable, and null for none', async () => {
    const variable = (answer: object | null) =>
      new PrefectReferences(asApi({ readVariable: async () => answer })).readVariable('v');

    expect(await variable({ name: 'v', value: 1, id: 'x' })).to.deep.equal({ name: 'v', value: 1 });
    expect(await variable(null)).to.equal(null);
  });
});

describe('checkServerVersion', () => {
  const check = async (version: string | Error, connection = { isVersionChecked: true, isCloud: false }) => {
    const logger = new RecordingLogger();
    const api = {
      readServerVersion: async () => {
        if (version instanceof Error) throw version;
        return version;
      },
    };
    const found = await failureOrValue(checkServerVersion({ api, connection, logger } as unknown as PrefectParts));
    return [found, logger.messages('warn').length];
  };
  const failureOrValue = (promise: Promise<unknown>) =>
    promise.catch((error: { code?: string }) => error.code ?? error);

  it('reports a server of another major version, and warns of one that is too old', async () => {
    expect(await check('3.8.8')).to.deep.equal(['3.8.8', 0]);
    expect(await check('3.8.7')).to.deep.equal(['3.8.7', 1]);
    expect(await check('3.7.99')).to.deep.equal(['3.7.99', 1]);
    expect(await check('3.9.0')).to.deep.equal(['3.9.0', 0]);
    expect(await check('2.20.0')).to.deep.equal(['PREFECT_SERVER_VERSION', 0]);
    expect(await check('4.0.0')).to.deep.equal(['PREFECT_SERVER_VERSION', 0]);
    expect(await check('main')).to.deep.equal(['main', 0]);
  });

  it('does not know the version of a server that is away, or does not tell', async () => {
    const refusal = { method: 'GET' as const, path: '/', status: 404, detail: 'x' };
    const bug = new TypeError('a bug');

    expect((await check(new OrchestratorUnavailableError('Reading', 'there')))[0]).to.equal(null);
    expect((await check(new PrefectNotFoundError(refusal)))[0]).to.equal(null);
    expect((await check(bug))[0]).to.equal(bug);
  });

  it('does not ask where the check is switched off', async () => {
    const failure = new Error('it is not to be asked');

    expect((await check(failure, { isVersionChecked: false, isCloud: false }))[0]).to.equal(null);
    expect((await check(failure, { isVersionChecked: false, isCloud: true }))[0]).to.match(/^3\./);
  });
});
