import { expect } from 'chai';
import { BoundedMap } from '../../src/utilities/bounded-map.js';

describe('BoundedMap', () => {
  it('evicts the least recently used entry, and never exceeds its bound', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.get('a');
    map.has('b');

    map.set('c', 3);

    expect(map.size).to.equal(2);
    expect([map.get('a'), map.get('b'), map.get('c')]).to.deep.equal([1, undefined, 3]);
  });

  it('forgets stale values from the least recently used one on', () => {
    const map = new BoundedMap<string, number>(9);
    for (const age of [4, 3, 1, 2]) map.set(`${age}`, age);

    map.dropStale((age) => age > 1);

    expect([map.size, map.get('1'), map.get('2'), map.get('4')]).to.deep.equal([2, 1, 2, undefined]);
  });

  it('replaces a value without forgetting another, and lets one go', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);

    map.set('a', 9);
    map.delete('b');

    expect([map.get('a'), map.get('b'), map.size]).to.deep.equal([9, undefined, 1]);
  });
});
