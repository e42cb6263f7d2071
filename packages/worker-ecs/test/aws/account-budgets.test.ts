import { expect } from 'chai';
import { BudgetRegistry, logsReadPerSecond } from '../../src/aws/account-budgets.js';
import { silentMeter } from '../support/builders.js';
import { FakeClock } from '../support/fake-clock.js';

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

describe('BudgetRegistry', () => {
  it('lets all clients of an account share its budgets, and keeps few of clients whose account never shows', () => {
    const registry = new BudgetRegistry(new FakeClock(), silentMeter);
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
