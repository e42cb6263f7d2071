import { expect } from 'chai';
import {
  awsBudgetLimits,
  BudgetRegistry,
  fargateTaskLimits,
  logsReadPerSecond,
} from '../../../src/aws/budgets/account-budgets.js';
import { silentMeter } from '../../support/builders.js';
import { FakeClock } from '../../support/fake-clock.js';

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
    it(`are ${burst} at once and ${perSecond} per second in ${region}`, () => {
      expect(fargateTaskLimits(region)).to.deep.equal({ burst, perSecond });
    });
  }
});

describe('BudgetRegistry', () => {
  it('shares budgets between all clients of an account, and keeps few for clients whose account stays unknown', () => {
    const registry = new BudgetRegistry(new FakeClock(), silentMeter, awsBudgetLimits);
    const own = registry.ofClients('first', 'us-east-1');

    expect(registry.ofClients('first', 'us-east-1')).to.equal(own);
    expect(registry.join('first', '123456789012', 'us-east-1')).to.equal(own);
    expect(registry.join('second', '123456789012', 'us-east-1')).to.equal(own);
    expect(registry.join('third', '123456789012', 'eu-west-1')).not.to.equal(own);

    const early = registry.ofClients('early', 'us-east-1');
    for (let index = 0; index < 200; index += 1) registry.ofClients(`run-${index}`, 'us-east-1');
    expect(registry.ofClients('early', 'us-east-1')).not.to.equal(early);
  });
});
