import { strict as assert } from 'node:assert';
import { findMutants } from '../../mutants/find-mutants.mjs';
import { parseModule } from '../../mutants/syntax.mjs';

function mutantsOf(code) {
  return findMutants(parseModule(code), code);
}

function namesOf(code) {
  return mutantsOf(code).map(({ name }) => name);
}

describe('findMutants', () => {
  for (const [title, code, expected] of [
    ['a call that stands alone is removed', 'f();', ['module: f(); → removed']],
    ['an awaited call is removed', 'await f();', ['module: await f(); → removed']],
    ['an assignment is removed', 'a.b = c;', ['module: a.b = c; → removed']],
    ['a log line for users is removed', 'logger.warn(x);', ['module: logger.warn(x); → removed']],
    ['a log line for developers stays', 'logger.debug(x);', []],
    ['a throw is removed', 'function f() { throw e; }', ['f: throw e; → removed']],
    ['an early return is removed', 'function f() { return; }', ['f: return; → removed']],
    ['a value returned becomes undefined', 'function f() { return g(x); }', ['f: g(x) → undefined']],
    ['the value of an arrow function becomes undefined', 'const f = () => g(x);', ['f: g(x) → undefined']],
    ['a condition is taken for true and for false', 'if (a) ;', ['module: a → true', 'module: a → false']],
    ['a loop is never entered', 'while (a) ;', ['module: a → false']],
    ['a loop without a condition stays', 'while (true) break;', ['module: true → false', 'module: break; → removed']],
    [
      'one term of a condition decides alone',
      'x = a && b;',
      ['module: x = a && b; → removed', 'module: a && b → a', 'module: a && b → b'],
    ],
    [
      'a default is always or never taken',
      'x(a ?? b);',
      ['module: x(a ?? b); → removed', 'module: a ?? b → a', 'module: a ?? b → b'],
    ],
    [
      'a default that is there for the types is always taken',
      "x(a ?? '', a ?? null);",
      ["module: x(a ?? '', a ?? null); → removed", "module: a ?? '' → ''", 'module: a ?? null → null'],
    ],
    ['a boundary moves', 'const x = a < b;', ['module: a < b → a <= b', 'module: a < b → a >= b']],
    ['no size is below zero', 'const x = a.length > 0;', ['module: a.length > 0 → a.length <= 0', 'module: 0 → 1']],
    ['equality turns round', 'const x = a === b;', ['module: a === b → a !== b']],
    ['a negation goes', 'const x = !a;', ['module: !a → a']],
    ['arithmetic turns round', 'const x = a * b;', ['module: a * b → a / b']],
    ['texts that are joined stay', "const x = a + 'b';", []],
    ['counting turns round', 'i += n;', ['module: i += n; → removed', 'module: i += n → i -= n']],
    ['the larger becomes the smaller', 'const x = Math.max(a, b);', ['module: Math.max(a, b) → Math.min(a, b)']],
    ['a filter goes', 'const x = a.filter(f);', ['module: a.filter(f) → a']],
    ['true becomes false', 'const x = true;', ['module: true → false']],
    ['a number becomes twice as much, zero becomes one', 'const x = [5, 0];', ['module: 5 → 5 * 2', 'module: 0 → 1']],
    ['what decorators compile to stays', 'var __decorate = f(true); X = __decorate([g(true)], X);', []],
    ['a field that begins empty stays', 'class A { constructor() { this.a = null; } }', []],
    [
      'a field that begins with something is removed',
      'class A { constructor(a) { this.a = a; } }',
      ['A.constructor: this.a = a; → removed'],
    ],
    ['super stays', 'class A extends B { constructor() { super(); } }', []],
  ]) {
    it(title, () => {
      assert.deepEqual(namesOf(code), expected);
    });
  }

  it('keeps parentheses around operands', () => {
    assert.deepEqual(namesOf('const x = (a ?? b) === c;')[0], 'module: (a ?? b) === c → (a ?? b) !== c');
  });

  it('names mutants by class and function, and numbers repeated names', () => {
    const code = 'class A { #b() { f(); f(); } }';

    assert.deepEqual(namesOf(code), ['A.#b: f(); → removed', 'A.#b: f(); → removed (2)']);
  });

  it('changes a constant of the module wherever it is read, as one mutant', () => {
    const code = 'const LIMIT = 10 * 60;\nf(LIMIT, { LIMIT: 1 }.LIMIT, LIMIT);';
    const [constant] = mutantsOf(code);

    assert.equal(constant.name, 'module: LIMIT = 10 * 60 → (10 * 60) * 2');
    assert.deepEqual(
      constant.sites.map(({ start }) => start),
      [code.indexOf('(LIMIT') + 1, code.lastIndexOf('LIMIT')],
    );
  });

  it('changes nothing inside an optional chain but its arguments', () => {
    assert.deepEqual(namesOf('const x = a?.b.filter(f).length;'), []);
    assert.deepEqual(namesOf('const x = a?.b(c ?? d);'), ['module: c ?? d → c', 'module: c ?? d → d']);
  });

  it('reports start and end of the original text', () => {
    const [mutant] = mutantsOf('const x = 1;\nif (a)\n  f();');

    assert.deepEqual([mutant.start, mutant.end], [10, 11]);
  });
});
