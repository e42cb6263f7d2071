import { expect } from 'chai';
import { logsReadPerSecond } from '../../src/aws/account-budgets.js';

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
