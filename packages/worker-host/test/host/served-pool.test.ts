import { aWorkPool } from '@worker-host/testing';
import { expect } from 'chai';
import { ServedPool } from '../../src/host/served-pool.js';
import { FakeWorker, fakePlugin } from './support/fake-worker.js';

const DEFAULT = { job_configuration: { a: 1 }, variables: {} };
const OWN = { job_configuration: { b: 1 } };
const create = () => new ServedPool(fakePlugin(new FakeWorker()), DEFAULT);
const ofType = (over: Parameters<typeof aWorkPool>[0]) => aWorkPool({ type: 'fake', ...over });

describe('the served pool', () => {
  it('does not exist at first, which is not the same as deleted', () => {
    const served = create();
    served.accept(null);

    expect([served.current, served.isGone, served.template]).to.deep.equal([null, false, DEFAULT]);
  });

  it('is deleted if it existed, until it exists again', () => {
    const served = create();
    const pool = ofType({});
    served.accept(pool);
    expect([served.current, served.isGone]).to.deep.equal([pool, false]);

    served.accept(null);
    expect([served.current, served.isGone]).to.deep.equal([null, true]);
    served.accept(pool);

    expect(served.isGone).to.equal(false);
  });

  it('has the default template while its own is empty', () => {
    const served = create();
    served.accept(ofType({ baseJobTemplate: {} }));
    expect(served.template).to.equal(DEFAULT);
    served.accept(ofType({ baseJobTemplate: [1] as never }));
    expect(served.template).to.equal(DEFAULT);

    served.accept(ofType({ baseJobTemplate: OWN }));

    expect(served.template).to.equal(OWN);
  });

  it('of another type is rejected, and the previous one kept', () => {
    const served = create();
    const pool = ofType({});
    served.accept(pool);

    expect(() => served.accept(ofType({ name: 'q', type: 'other' })))
      .to.throw()
      .that.has.property('code', 'WORK_POOL_TYPE_MISMATCH');
    expect(served.current).to.equal(pool);
  });
});
