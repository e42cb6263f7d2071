import { expect } from 'chai';
import type { ApiOrchestrationResult } from '../../../../../src/orchestrators/prefect/api/api-types.js';
import {
  leaseOf,
  stateAnswer,
  stateBody,
} from '../../../../../src/orchestrators/prefect/orchestration/leases/state-proposal.js';

const aState = (type: 'PENDING' | 'RUNNING' | 'SCHEDULED', transition: string | null) => ({
  id: 's',
  type,
  name: type,
  timestamp: '2027-01-01T00:00:00Z',
  message: null,
  data: null,
  state_details: { transition_id: transition },
});
const result = (
  status: ApiOrchestrationResult['status'],
  state: ApiOrchestrationResult['state'],
  details: object = {},
): ApiOrchestrationResult => ({ status, state, details });

describe('a state proposal', () => {
  it('has a default name, and a new transition id', () => {
    const [one, two] = [1, 2].map(() => stateBody('r', { type: 'CRASHED', message: 'x' }, null));

    expect(one).to.deep.include({ type: 'CRASHED', name: 'Crashed', message: 'x', data: null });
    expect(one?.state_details).to.have.all.keys('flow_run_id', 'transition_id').and.include({ flow_run_id: 'r' });
    expect(one?.state_details.transition_id).to.be.a('string').and.not.equal(two?.state_details.transition_id);
  });

  it("preserves the concurrency lease, and adds the caller's details", () => {
    const body = stateBody('r', { type: 'PENDING', name: 'Submitting', stateDetails: { retriable: false } }, 'lease-1');

    expect(body.name).to.equal('Submitting');
    expect(body.state_details).to.include({ deployment_concurrency_lease_id: 'lease-1', retriable: false });
    expect(leaseOf(body.state_details)).to.equal('lease-1');
    expect(leaseOf({})).to.equal(null);
    expect(leaseOf({ deployment_concurrency_lease_id: 7 })).to.equal(null);
  });

  for (const [title, answer, expected] of [
    ['an acceptance by another state than the one proposed', result('ACCEPT', aState('SCHEDULED', null)), 'ACCEPT'],
    ['an acceptance', result('ACCEPT', aState('PENDING', 't')), 'ACCEPT'],
    [
      'a rejection by the very state proposed, whose first answer was lost',
      result('REJECT', aState('PENDING', 't')),
      'ACCEPT',
    ],
    ['a rejection by the pending state of another worker', result('REJECT', aState('PENDING', 'other')), 'REJECT'],
    ['a rejection', result('REJECT', aState('SCHEDULED', null), { reason: 'limit' }), 'REJECT'],
    ['an abort', result('ABORT', aState('PENDING', 'other')), 'ABORT'],
    ['a rejection without a state', result('REJECT', null), 'REJECT'],
    ['a wait', result('WAIT', aState('SCHEDULED', null), { delay_seconds: 30 }), 'WAIT'],
  ] as const) {
    it(`interprets ${title}`, () => {
      expect(stateAnswer(answer, (id) => id === 't').status).to.equal(expected);
    });
  }

  it('has no delay if the server specifies none, and reports a missing reason', () => {
    expect(stateAnswer(result('WAIT', null), () => false)).to.deep.equal({
      status: 'WAIT',
      state: null,
      reason: 'the server gave no reason',
      delaySeconds: 0,
    });
  });

  it('keeps the reason and the delay', () => {
    expect(stateAnswer(result('WAIT', null, { reason: 'early', delay_seconds: 30 }), () => false)).to.deep.equal({
      status: 'WAIT',
      state: null,
      reason: 'early',
      delaySeconds: 30,
    });
  });
});
