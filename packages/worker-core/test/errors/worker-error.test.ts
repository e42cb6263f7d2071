import { expect } from 'chai';
import { isWorkerError, WorkerError } from '../../src/errors/worker-error.js';
import { InfrastructureNotFound } from '../../src/worker/worker-errors.js';

describe('WorkerError', () => {
  it('carries code, coordinates, cause and the name of its class', () => {
    const cause = new Error('below');
    const error = new InfrastructureNotFound('pid-1', 'it is gone', { cause });
    expect(error.code).to.equal('INFRASTRUCTURE_NOT_FOUND');
    expect(error.details).to.deep.equal({ infrastructurePid: 'pid-1', reason: 'it is gone' });
    expect(error.cause).to.equal(cause);
    expect(error.name).to.equal('InfrastructureNotFound');
    expect(error.message).to.include('pid-1');
    expect(error).to.be.instanceOf(WorkerError);
  });

  it('has no cause if none was given', () => {
    expect(Object.hasOwn(new InfrastructureNotFound('p', 'r'), 'cause')).to.equal(false);
  });

  it('is recognised by shape, also from a second copy of the package', () => {
    const tag = Symbol.for('worker-host.worker-error');
    expect(isWorkerError(new InfrastructureNotFound('p', 'r'))).to.equal(true);
    expect(isWorkerError({ [tag]: true, code: 'X' })).to.equal(true);
    for (const other of [new Error('x'), { code: 'X' }, null, undefined, 'text'])
      expect(isWorkerError(other)).to.equal(false);
  });
});
