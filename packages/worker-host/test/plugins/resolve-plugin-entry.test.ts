import { expect } from 'chai';
import { entryOfExports } from '../../src/plugins/resolve-plugin-entry.js';

describe('entryOfExports', () => {
  const cases = [
    ['a text', './a.js', './a.js'],
    ['the root of a map', { '.': './a.js', './b': './b.js' }, './a.js'],
    ['conditions in their order', { types: './a.d.ts', import: './a.mjs', default: './a.cjs' }, './a.mjs'],
    ['nested conditions', { '.': { node: { require: './a.cjs', import: './a.mjs' } } }, './a.mjs'],
    ['the first usable of a list', [{ require: './a.cjs' }, './b.js'], './b.js'],
    ['nothing where only a subpath is exported', { './b': './b.js' }, null],
    ['nothing where a condition is barred', { import: null }, null],
    ['nothing at all', null, null],
  ] as const;
  for (const [name, exported, expected] of cases)
    it(`reads ${name}`, () => {
      expect(entryOfExports(exported)).to.equal(expected);
    });
});
