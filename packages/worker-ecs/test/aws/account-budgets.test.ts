import { expect } from 'chai';
import { fargateTaskLimits, logsReadPerSecond } from '../../src/aws/account-budgets.js';

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

describe('fargateTaskLimits', () => {
  for (const [region, burst, perSecond] of [
    ['us-east-1', 100, 20],
    ['eu-central-1', 100, 20],
    ['ap-northeast-3', 25, 5],
    ['us-gov-west-1', 25, 5],
    ['a-region-of-tomorrow', 25, 5],
  ] as const) {
    it(`are ${burst} at once and ${perSecond} a second in ${region}`, () => {
      expect(fargateTaskLimits(region)).to.deep.equal({ burst, perSecond });
    });
  }
});
