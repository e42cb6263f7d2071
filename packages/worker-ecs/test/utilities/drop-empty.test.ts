import type { JsonValue } from '@worker-host/core';
import { expect } from 'chai';
import { dropEmpty } from '../../src/utilities/drop-empty.js';

describe('dropEmpty', () => {
  const cases: readonly (readonly [string, JsonValue, JsonValue])[] = [
    ['drops null, empty text, lists, objects and zero', { a: null, b: '', c: [], d: {}, e: 0, f: 'x' }, { f: 'x' }],
    ['keeps false', { a: false }, { a: false }],
    [
      'goes into objects and into objects in lists',
      { a: { b: '', c: 1 }, d: [{ e: null, f: 2 }] },
      { a: { c: 1 }, d: [{ f: 2 }] },
    ],
    ['leaves an object that only became empty', { a: { b: null } }, { a: {} }],
    [
      'leaves empty elements of lists, and lists in lists',
      { a: ['', null, [{ b: '' }]] },
      { a: ['', null, [{ b: '' }]] },
    ],
    [
      'does not go into a strategy that is a list',
      { capacity_provider_strategy: [{ base: 0 }], a: { capacity_provider_strategy: { base: 0 } } },
      { capacity_provider_strategy: [{ base: 0 }], a: { capacity_provider_strategy: {} } },
    ],
  ];
  for (const [what, given, expected] of cases) {
    it(what, () => {
      expect(dropEmpty(given as Record<string, JsonValue>)).to.deep.equal(expected);
    });
  }
});
