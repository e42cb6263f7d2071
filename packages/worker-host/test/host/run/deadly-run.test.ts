import { expect } from 'chai';
import { deadlyRefusal, isDeadly } from '../../../src/host/run/deadly-run.js';

describe('a run with which workers die', () => {
  it('is deadly from the limit, and never without a limit', () => {
    expect([2, 3, 4].map((deaths) => isDeadly(deaths, { deathLimit: 3 }))).to.deep.equal([false, true, true]);
    expect(isDeadly(1, { deathLimit: 1 })).to.equal(true);
    expect(isDeadly(100, { deathLimit: 0 })).to.equal(false);
  });

  it('is refused with the number of deaths', () => {
    expect(deadlyRefusal(1)).to.match(/: 1 worker died before launching this run\. Check its job variables/);
    expect(deadlyRefusal(2)).to.include(': 2 workers died before');
  });
});
