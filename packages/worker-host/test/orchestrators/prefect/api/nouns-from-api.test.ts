import { expect } from 'chai';
import { toFlowRun, toState } from '../../../../src/orchestrators/prefect/api/nouns-from-api.js';
import { aRun } from '../support/a-run.js';

describe('nouns from the API', () => {
  it('treats a run without labels as one with none', () => {
    expect(toFlowRun({ ...aRun(), labels: null }).labels).to.deep.equal({});
  });

  it('recognises a run that its own job retries', () => {
    const retried = (type: string | null) => toFlowRun({ ...aRun(), empirical_policy: { retry_type: type } });

    expect(['in_process', 'reschedule', null].map((type) => retried(type).isRetriedByItsJob)).to.deep.equal([
      true,
      false,
      false,
    ]);
  });

  it('names a state without a name by its type', () => {
    const state = { id: 's', type: 'PENDING', name: null, timestamp: '', message: null, state_details: {} } as const;

    expect(toState(state).name).to.equal('PENDING');
  });
});
