const FAST_TEST_MS = 50;
const MOST_OWN_MS = 5_000;
const MOST_NEAR_MS = 10_000;
const MOST_MS = 3_000;

const SHORTEST_TIMEOUT_MS = 1_000;
const TIMEOUT_FACTOR = 5;
const CALLS_FACTOR = 10;
const SPARE_CALLS = 100_000;

/** How many levels of importers are searched for tests of module-level code. */
const MOST_STEPS_TO_IMPORTERS = 4;

/**
 * Returns how to test a mutant with the tests that reach it: those in the module's own test file, up to five seconds in
 * total, then those near the module, up to ten, then the others, up to three; the fastest of each first, and at least one.
 * Null: no test reaches it. `isNear` returns whether a test may have been written for the module, `isOwn` whether it is in
 * the module's own test file.
 */
export function planOf(tests, isNear = () => true, isOwn = () => false) {
  const byMs = [...tests].sort((a, b) => a.ms - b.ms);
  const chosen = [];
  let totalMs = 0;
  const choose = (candidates, mostMs) => {
    for (const test of candidates) {
      if (chosen.length > 0 && totalMs + test.ms > mostMs) return;
      totalMs += test.ms;
      chosen.push(test);
    }
  };
  choose(byMs.filter(isOwn), MOST_OWN_MS);
  choose(
    byMs.filter((test) => isNear(test) && !chosen.includes(test)),
    MOST_NEAR_MS,
  );
  choose(
    byMs.filter((test) => !isNear(test)),
    MOST_MS,
  );
  if (chosen.length === 0) return null;
  const fast = chosen.filter(({ ms }) => ms < FAST_TEST_MS);
  const slow = chosen.filter(({ ms }) => ms >= FAST_TEST_MS);
  return {
    sets: [fast, slow].filter((set) => set.length > 0).map((set) => set.map(({ title }) => title)),
    testFiles: [...new Set(chosen.flatMap(({ files }) => files))],
    mostCalls: SPARE_CALLS + CALLS_FACTOR * sum(chosen.map(({ calls }) => calls)),
    withinMs: TIMEOUT_FACTOR * sum(chosen.map(({ ms }) => ms)),
  };
}

/** Returns the timeout of a test in milliseconds. A test on faked time that hangs never ends by itself. */
export function timeoutMsOf({ ms }) {
  return SHORTEST_TIMEOUT_MS + TIMEOUT_FACTOR * ms;
}

/**
 * Returns the tests for module-level code: tests that reach functions of the module and tests whose file imports it; when
 * there are none, those of the modules that import it, level by level. `testsRunning(module)` are the titles of the tests
 * that reach its functions.
 */
export function testsOfModule(module, { tests, testsRunning, importersOf }) {
  let modules = [module];
  const seen = new Set(modules);
  for (let step = 0; step < MOST_STEPS_TO_IMPORTERS && modules.length > 0; step += 1) {
    const importers = modules.flatMap(importersOf);
    const found = tests.filter(
      (test) =>
        modules.some((each) => testsRunning(each).has(test.title)) ||
        test.files.some((file) => importers.includes(file)),
    );
    if (found.length > 0) return found;
    modules = importers.filter((each) => !seen.has(each));
    for (const each of modules) seen.add(each);
  }
  return [];
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
