import { expect } from 'chai';
import type { PrefectApi } from '../../../../../src/orchestrators/prefect/api/prefect-api.js';
import { giveBack } from '../../../../../src/orchestrators/prefect/orchestration/leases/give-back.js';

const asApi = (api: object) => api as unknown as PrefectApi;

describe('giveBack', () => {
  const back = async (states: readonly object[]) => {
    const sent: unknown[][] = [];
    const api = {
      readFlowRunStates: async () => states,
      setFlowRunState: async (...words: unknown[]) => void sent.push(words),
    };
    return { reason: await giveBack(asApi(api), 'r1'), sent };
  };

  it('restores the last final state by force, with a new transition id', async () => {
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

  it('names a state by its type, without data if it has none', async () => {
    const { reason, sent } = await back([{ type: 'CRASHED', name: null, message: null }]);

    expect(sent[0]?.[1]).to.include({ type: 'CRASHED', name: 'CRASHED', data: null });
    expect(reason).to.equal('the run has ended meanwhile [state=unknown]');
  });

  it('restores nothing if no state is final', async () => {
    expect(await back([{ type: 'PENDING', name: 'Pending' }])).to.deep.equal({
      reason: 'the run has ended meanwhile [state=unknown]',
      sent: [],
    });
  });
});
