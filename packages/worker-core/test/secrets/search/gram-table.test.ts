import { expect } from 'chai';
import fc from 'fast-check';
import { GramTable } from '../../../src/secrets/search/gram-table.js';

describe('GramTable', () => {
  it('behaves like a map', () => {
    const half = fc.integer({ min: -3, max: 3 });
    const change = fc.record({ low: half, high: half, value: fc.integer({ min: 0, max: 2 }) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 300 }), (changes) => {
        const table = new GramTable();
        const map = new Map<string, number>();
        for (const { low, high, value } of changes) {
          table.set(low, high, value);
          map.set(`${low}/${high}`, value);
        }
        for (let low = -4; low <= 4; low += 1)
          for (let high = -4; high <= 4; high += 1)
            expect(table.get(low, high)).to.equal(map.get(`${low}/${high}`) ?? 0);
      }),
    );
  });

  it('stays correct while many keys are added and removed', () => {
    const table = new GramTable();
    for (let round = 0; round < 3; round += 1) {
      for (let key = 0; key < 5000; key += 1) table.set(key * 7919, ~key, key + 1);
      for (let key = 0; key < 5000; key += 2) table.set(key * 7919, ~key, 0);
      for (let key = 0; key < 5000; key += 1) expect(table.get(key * 7919, ~key)).to.equal(key % 2 === 0 ? 0 : key + 1);
    }
  });
});
