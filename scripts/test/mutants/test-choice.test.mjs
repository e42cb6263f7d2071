import { strict as assert } from 'node:assert';
import { planOf, testsOfModule, timeoutMsOf } from '../../mutants/test-choice.mjs';

function aTest(title, ms, given = {}) {
  return { title, ms, calls: 10, files: [`${title}.test.js`], covered: [], ...given };
}

describe('planOf', () => {
  it('runs fast tests before slower ones', () => {
    const plan = planOf([aTest('slow', 400), aTest('fast', 4), aTest('middle', 60)]);

    assert.deepEqual(plan.sets, [['fast'], ['middle', 'slow']]);
  });

  it('limits tests near the module to ten seconds, and others to what is left of three', () => {
    const isNear = ({ title }) => title.startsWith('near');
    const tests = [aTest('near a', 900), aTest('near b', 9_000), aTest('near c', 9_500), aTest('far', 1)];

    assert.deepEqual(planOf(tests, isNear).sets, [['near a', 'near b']]);
    assert.deepEqual(planOf([...tests.slice(0, 1), aTest('far a', 2_000), aTest('far b', 2_100)], isNear).sets, [
      ['near a', 'far a'],
    ]);
    assert.deepEqual(planOf([...tests.slice(0, 1), aTest('far', 1)], isNear).testFiles, [
      'near a.test.js',
      'far.test.js',
    ]);
  });

  it('prefers tests of the module itself to faster ones', () => {
    const isOwn = ({ title }) => title.startsWith('own');
    const tests = [aTest('fast', 4_000), aTest('own b', 4_200), aTest('own a', 700), aTest('near', 4_100)];

    assert.deepEqual(planOf(tests, () => true, isOwn).sets, [['own a', 'own b', 'fast']]);
    assert.deepEqual(planOf([...tests, aTest('own c', 4_300)], () => true, isOwn).sets, [['own a', 'own b', 'fast']]);
  });

  it('keeps the fastest test when every test is slow', () => {
    assert.deepEqual(planOf([aTest('a', 9_000), aTest('b', 8_000)]).sets, [['b']]);
  });

  it('returns null without tests', () => {
    assert.equal(planOf([]), null);
  });

  it('allows a multiple of the calls and the time measured without a mutant', () => {
    const plan = planOf([aTest('a', 100, { calls: 5_000 }), aTest('b', 200, { calls: 6_000 })]);

    assert.equal(plan.mostCalls, 100_000 + 110_000);
    assert.equal(plan.withinMs, 1_500);
    assert.equal(timeoutMsOf({ ms: 100 }), 1_500);
  });
});

describe('testsOfModule', () => {
  const tests = [aTest('runs table', 1), aTest('imports table', 1), aTest('runs reader', 1), aTest('other', 1)];
  const importers = new Map([
    ['table.js', ['merged.js']],
    ['merged.js', ['reader.js', 'table.js']],
    ['reader.js', []],
  ]);
  const testsOf = (running, more = {}) =>
    testsOfModule('table.js', {
      tests,
      testsRunning: (module) => new Set(running[module] ?? []),
      importersOf: (module) => more[module] ?? importers.get(module) ?? [],
    }).map(({ title }) => title);

  it('returns tests that reach the module and tests whose file imports it', () => {
    assert.deepEqual(testsOf({ 'table.js': ['runs table'] }), ['runs table']);
    assert.deepEqual(testsOf({}, { 'table.js': ['merged.js', 'imports table.test.js'] }), ['imports table']);
  });

  it('returns the tests of the nearest importers otherwise', () => {
    assert.deepEqual(testsOf({ 'reader.js': ['runs reader'] }), ['runs reader']);
  });

  it('returns nothing when no importer has tests', () => {
    assert.deepEqual(testsOf({}), []);
  });
});
