import {
  InfrastructureNotFound,
  LaunchRefused,
  LeaseLostError,
  OrchestratorUnauthorizedError,
  OrchestratorUnavailableError,
  WorkerNameInUseError,
  WorkerNotReadyError,
} from '@worker-host/core';
import { expect } from 'chai';
import { hasCode, isFatal, isUnauthorized, isUnavailable, kindOfFailure } from '../../src/host/failure.js';

const AWAY = new OrchestratorUnavailableError('The call', 'memory');
const REFUSED = new OrchestratorUnauthorizedError('The call', 'memory', 'Log in.');

/** An error with this many causes above the relevant one. */
function wrapped(cause: unknown, depth: number): unknown {
  return depth === 0 ? cause : new Error('above', { cause: wrapped(cause, depth - 1) });
}

describe('the code of a failure', () => {
  it('is found in the error and its causes, five deep', () => {
    for (const depth of [0, 1, 4]) expect(hasCode(wrapped(AWAY, depth), 'ORCHESTRATOR_UNAVAILABLE')).to.equal(true);

    expect(hasCode(wrapped(AWAY, 5), 'ORCHESTRATOR_UNAVAILABLE')).to.equal(false);
    expect(hasCode(AWAY, 'LEASE_LOST')).to.equal(false);
  });

  it('counts only if the error belongs to the contract', () => {
    expect(hasCode({ code: 'LEASE_LOST' }, 'LEASE_LOST')).to.equal(false);
    expect(hasCode(Object.assign(new Error('no'), { code: 'LEASE_LOST' }), 'LEASE_LOST')).to.equal(false);
  });

  it('is none for values that are not errors, or are their own cause', () => {
    const circle = new Error('circle');
    circle.cause = circle;
    for (const none of [undefined, null, 'text', { cause: AWAY }, circle, new Error('no', { cause: null })])
      expect(hasCode(none, 'ORCHESTRATOR_UNAVAILABLE')).to.equal(false);
  });

  it('identifies outages, rejected credentials and permanent failures', () => {
    expect([isUnavailable(AWAY), isUnavailable(REFUSED)]).to.deep.equal([true, false]);
    expect([isUnauthorized(REFUSED), isUnauthorized(AWAY)]).to.deep.equal([true, false]);
    expect([REFUSED, new WorkerNameInUseError('w', 'other'), AWAY, new Error('no')].map(isFatal)).to.deep.equal([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('the kind of a failure', () => {
  for (const [error, kind] of [
    [new LaunchRefused('no such cluster'), 'refused'],
    [new WorkerNotReadyError('fake', 'no credentials'), 'not-ready'],
    [REFUSED, 'unauthorized'],
    [AWAY, 'unavailable'],
    [new LeaseLostError('a', 'why'), 'lease-lost'],
    [new InfrastructureNotFound('pid', 'gone'), 'not-found'],
  ] as const)
    it(`of ${error.code} is '${kind}', also as a cause`, () => {
      expect(kindOfFailure(error, 'launch')).to.equal(kind);
      expect(kindOfFailure(wrapped(error, 2), 'launch')).to.equal(kind);
    });

  it("of any other error of the contract is 'invalid' in a rendering, otherwise 'failed'", () => {
    const other = new WorkerNameInUseError('w', 'other');

    expect(kindOfFailure(other, 'render')).to.equal('invalid');
    expect(kindOfFailure(other, 'launch')).to.equal('failed');
  });

  it("of an error outside the contract is 'fault'", () => {
    expect(kindOfFailure(new TypeError('no'), 'render')).to.equal('fault');
    expect(kindOfFailure('text', 'launch')).to.equal('fault');
  });
});
