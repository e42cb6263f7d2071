import { expect } from 'chai';
import { AWS_BUCKETS, logsReadPerSecond, withMargin } from '../../src/aws/account-budgets.js';

describe('logsReadPerSecond', () => {
  for (const [region, perSecond] of [
    ['us-east-1', 25],
    ['eu-central-1', 10],
    ['us-west-2', 10],
    ['eu-west-3', 30],
  ] as const) {
    it(`is ${perSecond} in ${region}`, () => {
      expect(logsReadPerSecond(region)).to.equal(perSecond);
    });
  }
});

describe('withMargin', () => {
  it('stays below each bucket even where half a second of calls arrives bunched', () => {
    for (const limits of Object.values(AWS_BUCKETS)) {
      const { burst, perSecond } = withMargin(limits);
      expect(burst + perSecond / 2, limits.name).to.be.at.most(limits.burst);
      expect(perSecond, limits.name).to.be.below(limits.perSecond);
    }
  });
});
