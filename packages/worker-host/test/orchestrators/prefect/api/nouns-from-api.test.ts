import { expect } from 'chai';
import { toFlowRun, toState } from '../../../../src/orchestrators/prefect/api/nouns-from-api.js';
import { aRun } from '../support/a-run.js';

describe('nouns from the API', () => {
  it('takes a run without labels for one with none', () => {
    expect(toFlowRun({ ...aRun(), labels: null }).labels).to.deep.equal({});
  });

  it('names a state without a name after its type', () => {
    const state = { id: 's', type: 'PENDING', name: null, timestamp: '', message: null, state_details: {} } as const;

    expect(toState(state).name).to.equal('PENDING');
  });
});
