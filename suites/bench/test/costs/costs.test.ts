import { expect } from 'chai';
import { keepsLimit } from '../../src/benchmark.js';
import { type Costs, figuresOf, lowestOf } from '../../src/costs/costs.js';

const BASELINE: Costs = {
  cpuOfAStart: 30,
  mibOfAWorker: 14,
  cpuOfARun: 10,
  requestsOfARun: 3,
  callsOfARun: 1,
  kibOfATask: 20,
};
const failing = (costs: Partial<Costs>): readonly string[] =>
  figuresOf({ ...BASELINE, ...costs }, BASELINE)
    .filter((figure) => !keepsLimit(figure))
    .map(({ name }) => name);

describe('figuresOf', () => {
  it('keeps each cost within a fifth of the baseline', () => {
    expect(
      failing({
        cpuOfAStart: 35,
        mibOfAWorker: 16,
        cpuOfARun: 11.9,
        requestsOfARun: 3.5,
        callsOfARun: 1.1,
        kibOfATask: 23,
      }),
    ).to.deep.equal([]);
  });

  it('fails for each cost that grew by more than a fifth', () => {
    expect(failing({ cpuOfAStart: 37 })).to.deep.equal(['CPU of a start (baseline 30.00)']);
    expect(failing({ mibOfAWorker: 17 })).to.deep.equal(['heap of a worker (baseline 14.00)']);
    expect(failing({ cpuOfARun: 12.1 })).to.deep.equal(['CPU a run (baseline 10.00)']);
    expect(failing({ requestsOfARun: 3.7 })).to.deep.equal(['API requests about a run (baseline 3.00)']);
    expect(failing({ callsOfARun: 1.3 })).to.deep.equal(['AWS calls for a launch (baseline 1.00)']);
    expect(failing({ kibOfATask: 25 })).to.deep.equal(['heap a task (baseline 20.00)']);
  });
});

describe('lowestOf', () => {
  it('takes the lowest of each cost', () => {
    const other = { cpuOfAStart: 31, mibOfAWorker: 15, cpuOfARun: 8, requestsOfARun: 4, callsOfARun: 2, kibOfATask: 5 };

    expect(lowestOf([BASELINE, other])).to.deep.equal({ ...BASELINE, cpuOfARun: 8, kibOfATask: 5 });
  });
});
