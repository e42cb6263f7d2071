import { expect } from 'chai';
import type { ApiFlowRun } from '../../../../src/orchestrators/prefect/api/api-types.js';
import type { PrefectApi } from '../../../../src/orchestrators/prefect/api/prefect-api.js';
import { pollCancellations } from '../../../../src/orchestrators/prefect/orchestration/cancel-poll.js';
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

  it('makes no request if nothing can be cancelled', async () => {
    expect((await poll([], false)).filters).to.deep.equal([]);
  });

  it('polls the pool if others may be active, and its own runs that were already cancelled', async () => {
    const { filters, heard } = await poll(['a'], true, [[aRun({ id: 'x' }), aRun({ id: 'a' })], [aRun({ id: 'a' })]]);

    expect(filters).to.deep.equal([ofPool, held(['CANCELLED'], ['a'])]);
    expect(heard).to.deep.equal(['x', 'a', 'a']);
  });

  it('polls its own runs two hundred at a time, and reports those that never ran or are being cancelled', async () => {
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
