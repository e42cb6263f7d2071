import { expect } from 'chai';
import fc from 'fast-check';
import { BREAKS } from '../src/breaks.js';
import { PROPERTIES } from '../src/properties/index.js';
import { must, property } from '../src/property.js';
import { runProperty } from '../src/run-property.js';

describe('fuzzing', () => {
  for (const each of PROPERTIES)
    it(`finds nothing in ${each.name}`, async () => {
      const { failure, passed } = await runProperty(each, 1, 40);

      expect(failure).to.equal(null);
      expect(passed).to.be.greaterThan(0);
    });

  it('shrinks what it finds, the same for the same seed', async () => {
    const small = property({ name: 'small', weight: 1, inputs: fc.nat(), check: (n) => must(n < 1000, 'n is small') });

    const first = await runProperty(small, 7, 500);
    expect(first.failure).to.equal('n is small\n  smallest input: 1000');
    expect(await runProperty(small, 7, 500)).to.deep.equal(first);
  });

  it('finds an input that takes too long, and a prototype that is changed', async () => {
    const slow = property({
      name: 'slow',
      weight: 1,
      inputs: fc.constant(0),
      check: () => {
        for (const from = process.cpuUsage(); process.cpuUsage(from).user < 200_000; );
      },
    });
    const polluting = property({
      name: 'polluting',
      weight: 1,
      inputs: fc.constant(0),
      check: () => void Object.defineProperty(Object.prototype, 'odd', { value: 1, configurable: true }),
    });

    expect((await runProperty(slow, 1, 1)).failure).to.match(/^it took \d+ ms, three times/);
    expect((await runProperty(polluting, 1, 1)).failure).to.match(/^the prototype of all objects has got odd/);
    expect({}).not.to.have.property('odd');
  });

  it('has each weakness once', () => {
    expect(new Set(BREAKS.map(({ name }) => name)).size)
      .to.equal(BREAKS.length)
      .and.to.be.greaterThan(7);
  });
});
