import { expect } from 'chai';
import { planRound } from '../src/plan.js';
import { SeededRandom } from '../src/random.js';

describe('planRound', () => {
  it('gives the same plan for the same seed', () => {
    expect(planRound(new SeededRandom(7), 60_000)).to.deep.equal(planRound(new SeededRandom(7), 60_000));
  });

  it('gives another plan for another seed', () => {
    expect(planRound(new SeededRandom(7), 60_000)).to.not.deep.equal(planRound(new SeededRandom(8), 60_000));
  });

  it('does every kind of thing in a long round, in order of time', () => {
    const steps = planRound(new SeededRandom(1), 600_000);

    expect(new Set(steps.map((step) => step.act.kind)).size).to.equal(13);
    expect(steps.map((step) => step.atMs)).to.deep.equal([...steps.map((step) => step.atMs)].sort((a, b) => a - b));
  });
});
