import { strict as assert } from 'node:assert';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ModuleGraph } from '../../mutants/module-graph.mjs';
import { preparePackage } from '../../mutants/prepare-package.mjs';
import { killTestProcesses } from '../../mutants/test-process.mjs';
import { BaselineError, tryMutants } from '../../mutants/try-mutants.mjs';

const MOCHA = fileURLToPath(new URL('../../../packages/worker-core/node_modules/mocha', import.meta.url));

/** Leads every line to the same line of the source. */
function sourceMap(name, code) {
  const lines = code.split('\n').map((_, index) => (index === 0 ? 'AAAA' : 'AACA'));
  return JSON.stringify({ version: 3, sources: [`../../src/${name}.ts`], names: [], mappings: lines.join(';') });
}

describe('tryMutants', () => {
  let folder;

  beforeEach(() => {
    folder = join(realpathSync(mkdtempSync(join(tmpdir(), 'mutants-'))), 'one');
    write('package.json', JSON.stringify({ name: 'one', type: 'module' }));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(MOCHA, join(folder, 'node_modules/mocha'));
  });

  afterEach(() => {
    killTestProcesses();
    rmSync(dirname(folder), { recursive: true, force: true });
  });

  function write(path, text) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }

  async function outcomesOf(modules, tests, options = {}) {
    for (const [name, code] of Object.entries(modules)) {
      write(`dist/src/${name}.js`, code);
      write(`dist/src/${name}.js.map`, sourceMap(name, code));
    }
    write('dist/test/one.test.js', tests);
    const { mutants, instrumented } = preparePackage({
      root: folder,
      packageFolder: folder,
      sources: Object.keys(modules).map((name) => join(folder, 'src', `${name}.ts`)),
      workFolder: join(folder, 'work'),
    });
    const wanted = mutants.filter(options.only ?? (() => true));
    const subject = { folder, graph: new ModuleGraph(join(folder, 'dist')), instrumented, all: mutants };
    await tryMutants(subject, wanted, {
      workers: 1,
      isSample: false,
      isOver: () => false,
      onOutcome() {},
      onUnusable() {},
      ...options,
    });
    return Object.fromEntries(
      wanted.map(({ file, line, name, outcome, by }) => [`${file}:${line} ${name}`, [outcome, by]]),
    );
  }

  it('reports caught, surviving and uncovered mutants, and the test that failed', async () => {
    const code = [
      'export function larger(a, b) {',
      '  return a >= b ? a : b;',
      '}',
      'export function never() {',
      '  return larger(1);',
      '}',
    ].join('\n');
    const tests = `
      import { larger } from '../src/math.js';
      describe('larger', () => {
        it('is the first', () => { if (larger(2, 1) !== 2) throw new Error('no'); });
        it('is the second', () => { if (larger(1, 2) !== 2) throw new Error('no'); });
      });`;

    assert.deepEqual(await outcomesOf({ math: code }, tests), {
      'src/math.ts:2 larger: a >= b ? a : b → undefined': ['caught', 'larger is the first'],
      'src/math.ts:2 larger: a >= b → true': ['caught', 'larger is the second'],
      'src/math.ts:2 larger: a >= b → false': ['caught', 'larger is the first'],
      'src/math.ts:2 larger: a >= b → a > b': ['survived', null],
      'src/math.ts:5 never: larger(1) → undefined': ['uncovered', null],
      'src/math.ts:5 never: 1 → 1 * 2': ['uncovered', null],
    });
  });

  it('ends a test that hangs, an endless loop of the mutant and an endless loop of the test, and continues', async () => {
    const code = [
      'export async function hang(done) {',
      '  done();',
      '}',
      'export function circle(limit) {',
      '  let n = 0;',
      '  while (n < limit) {',
      '    n += 1;',
      '  }',
      '  return n;',
      '}',
      'export function feed(next) {',
      '  next.done = true;',
      '}',
    ].join('\n');
    const tests = `
      import { circle, feed, hang } from '../src/loops.js';
      describe('loops', () => {
        it('end by themselves', () => new Promise((resolve) => { void hang(resolve); }));
        it('count', () => { if (circle(3) !== 3) throw new Error('no'); });
        it('are fed', async () => {
          const next = {};
          feed(next);
          while (!next.done) await null;
        });
      });`;

    const outcomes = await outcomesOf({ loops: code }, tests, { spareMs: 3_000 });

    assert.deepEqual(outcomes['src/loops.ts:2 hang: done(); → removed'], ['timeout', 'loops end by themselves']);
    assert.deepEqual(outcomes['src/loops.ts:7 circle: n += 1; → removed'], ['timeout', 'loops count']);
    assert.deepEqual(outcomes['src/loops.ts:12 feed: next.done = true; → removed'], ['timeout', null]);
    assert.deepEqual(outcomes['src/loops.ts:9 circle: n → undefined'], ['caught', 'loops count']);
    assert.deepEqual(outcomes['src/loops.ts:12 feed: true → false'], ['timeout', null]);
  });

  for (const [isBusy, outcome] of [
    [true, 'survived'],
    [false, 'timeout'],
  ]) {
    it(`counts a timeout that does not repeat as ${outcome} on a machine that is ${isBusy ? 'busy' : 'idle'}`, async () => {
      const tests = `
        import { f } from '../src/a.js';
        let runs = 0;
        it('stalls the first time', async () => {
          runs += 1;
          if (f(1) !== 1 && runs === 1) await new Promise(() => {});
        });`;
      const outcomes = await outcomesOf({ a: 'export const f = (a) => g(a);\nconst g = (a) => a || 5;' }, tests, {
        isBusy: () => isBusy,
        only: ({ name }) => name === 'f: g(a) → undefined',
      });

      assert.deepEqual(Object.values(outcomes)[0][0], outcome);
    });
  }

  it('activates a mutant in module-level code before the module is loaded', async () => {
    const modules = {
      table: 'export const TABLE = { limit: 5, other: 7 };',
      reader: "import { TABLE } from './table.js';\nexport const limit = () => TABLE.limit;",
    };
    const tests = `
      import { limit } from '../src/reader.js';
      it('has the limit of the table', () => { if (limit() !== 5) throw new Error('no'); });`;

    assert.deepEqual(await outcomesOf(modules, tests), {
      'src/table.ts:1 module: 5 → 5 * 2': ['caught', 'has the limit of the table'],
      'src/table.ts:1 module: 7 → 7 * 2': ['survived', null],
      'src/reader.ts:2 limit: TABLE.limit → undefined': ['caught', 'has the limit of the table'],
    });
  });

  it('does not count a late error of one mutant against the next', async () => {
    const code = [
      'export function start(fail) {',
      '  const ready = setTimeout(fail, 10);',
      '  clearTimeout(ready);',
      '}',
      'export function after(a) {',
      '  return a || 1;',
      '}',
    ].join('\n');
    const tests = `
      import { after, start } from '../src/timers.js';
      it('starts', () => start(() => { throw new Error('left behind'); }));
      it('is after', async () => {
        if (after(1) !== 1) throw new Error('no');
        await new Promise((resolve) => setTimeout(resolve, 60));
      });`;

    const outcomes = await outcomesOf({ timers: code }, tests);

    assert.deepEqual(outcomes['src/timers.ts:6 after: a || 1 → a'], ['survived', null]);
  });

  it('finds the tests of a single mutant in module-level code', async () => {
    const modules = { table: 'export const TABLE = [5];\nexport const first = () => TABLE[0];' };
    const tests = `
      import { first } from '../src/table.js';
      it('is five', () => { if (first() !== 5) throw new Error('no'); });`;

    assert.deepEqual(await outcomesOf(modules, tests, { only: ({ name }) => name.includes('5 * 2') }), {
      'src/table.ts:1 module: 5 → 5 * 2': ['caught', 'is five'],
    });
  });

  it('leaves mutants untested when the time is over', async () => {
    const outcomes = await outcomesOf(
      { a: 'export const f = (a) => a + 1;\nexport const uncovered = (a) => a - 1;' },
      "import { f } from '../src/a.js';\nit('x', () => f(1));",
      { isOver: () => true },
    );

    assert.deepEqual(new Set(Object.values(outcomes).map(([outcome]) => outcome)), new Set([undefined]));
  });

  it('tests a sample for some seconds although the time is over', async () => {
    const outcomes = await outcomesOf(
      { a: 'export const f = (a) => a + 1;' },
      "import { f } from '../src/a.js';\nit('x', () => f(1));",
      { isOver: () => true, isSample: true },
    );

    assert.deepEqual(new Set(Object.values(outcomes).map(([outcome]) => outcome)), new Set(['survived']));
  });

  it('reports a test that fails without a mutant, and does not use it', async () => {
    const unusable = [];
    const tests = `
      import { f } from '../src/a.js';
      it('is two', () => { if (f(1) !== 2) throw new Error('is one'); });
      describe('with a hook', () => {
        before(() => { throw new Error('no'); });
        it('is three', () => f(3));
      });`;
    const outcomes = await outcomesOf({ a: 'export const f = (a) => g(a);\nconst g = (a) => a + 0;' }, tests, {
      onUnusable: (failure) => unusable.push(failure),
    });

    assert.equal(unusable.length, 2);
    assert.match(unusable[0], /^is two: is one/);
    assert.match(unusable[1], /hook .*: no$/);
    assert.deepEqual(new Set(Object.values(outcomes).map(([outcome]) => outcome)), new Set(['uncovered']));
  });

  it('rejects when the tests do not load', async () => {
    const attempt = outcomesOf(
      { a: 'export const f = () => 1;' },
      "import { g } from '../src/a.js';\nit('x', () => g());",
    );

    await assert.rejects(attempt, (error) => error instanceof BaselineError && /do not load/.test(error.message));
  });
});
