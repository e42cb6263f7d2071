import { strict as assert } from 'node:assert';
import { findMutants } from '../../mutants/find-mutants.mjs';
import { instrument } from '../../mutants/instrument.mjs';
import { parseModule } from '../../mutants/syntax.mjs';

/** What the module's `run` returns while one mutant is switched on. */
async function resultsOf(code) {
  const tree = parseModule(code);
  const mutants = findMutants(tree, code).map((mutant, index) => ({ ...mutant, id: index + 1 }));
  const text = instrument(tree, code, mutants);
  const results = new Map();
  let active = 0;
  const before = globalThis.__mutant__;
  globalThis.__mutant__ = (id) => id === active;
  try {
    const { run } = await import(`data:text/javascript,${encodeURIComponent(text)}`);
    results.set('none', run());
    for (const { id, name } of mutants) {
      active = id;
      results.set(name, run());
    }
  } finally {
    globalThis.__mutant__ = before;
  }
  return Object.fromEntries(results);
}

describe('an instrumented module', () => {
  it('behaves like the original until a mutant is active, then with that one change', async () => {
    const code = `
      const STEP = 2;
      export function run() {
        const seen = [];
        for (const n of [1, 3]) if (n > 1 && n < 9) seen.push(n + STEP);
        return seen.join();
      }`;

    assert.deepEqual(await resultsOf(code), {
      none: '5',
      'module: STEP = 2 → 2 * 2': '7',
      'run: 1 → 1 * 2': '4,5',
      'run: 3 → 3 * 2': '8',
      'run: n > 1 && n < 9 → true': '3,5',
      'run: n > 1 && n < 9 → false': '',
      'run: n > 1 && n < 9 → n > 1': '5',
      'run: n > 1 && n < 9 → n < 9': '3,5',
      'run: n > 1 → n >= 1': '3,5',
      'run: 1 → 1 * 2 (2)': '5',
      'run: n < 9 → n <= 9': '5',
      'run: 9 → 9 * 2': '5',
      'run: seen.push(n + STEP); → removed': '',
      'run: n + STEP → n - STEP': '1',
      'run: seen.join() → undefined': undefined,
    });
  });

  it('keeps an else with its if when a statement without braces is removed', async () => {
    const code = `
      export function run() {
        let x = 'none';
        if (x === 'other') x = 'first'; else x = 'second';
        return x;
      }`;
    const results = await resultsOf(code);

    assert.equal(results.none, 'second');
    assert.equal(results["run: x = 'first'; → removed"], 'second');
    assert.equal(results["run: x = 'second'; → removed"], 'none');
  });

  it('keeps the extent of optional chains', async () => {
    const results = await resultsOf('export const run = () => [null?.list.filter(Boolean).length, 1][0];');

    assert.equal(results.none, undefined);
  });

  it('keeps an object as the body of an arrow function', async () => {
    const results = await resultsOf('const make = () => ({ a: 1 });\nexport const run = () => make()?.a;');

    assert.deepEqual(results, {
      none: 1,
      'make: { a: 1 } → undefined': undefined,
      'make: 1 → 1 * 2': 2,
      'run: make()?.a → undefined': undefined,
    });
  });
});
