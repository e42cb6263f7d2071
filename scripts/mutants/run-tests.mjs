// Runs the tests of one package in a process of their own, against one mutant after another. The parent sends orders as
// messages, see `test-process.mjs`.
import { register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { MutantSwitch } from './mutant-switch.mjs';
import { TestSuite } from './test-suite.mjs';

const mutants = new MutantSwitch();
globalThis.__mutant__ = (id) => mutants.isOn(id);

const orders = { load, baseline, run };
let suite;
let mostId;

process.on('message', async ({ name, ...order }) => {
  try {
    process.send({ answer: await orders[name](order) });
  } catch (error) {
    process.send({ failure: error instanceof Error ? error.stack : String(error) });
  }
});
process.on('disconnect', () => process.exit(0));

/**
 * Loads mocha and the test files while the mutant `active` is active (0: none). `timeoutsMs` are pairs of a test's title
 * and its timeout; null: no durations are known yet. Returns the mutants that loading reaches.
 */
async function load({ mochaPath, testFiles, instrumented, timeoutsMs, active, mostId: most }) {
  mostId = most;
  const files = instrumented.map(([path, text]) => [pathToFileURL(path).href, text]);
  register('./serve-instrumented.mjs', { parentURL: import.meta.url, data: { files } });
  mutants.active = active;
  mutants.record(mostId);
  const { default: Mocha } = await import(pathToFileURL(mochaPath).href);
  suite = await TestSuite.load(Mocha, testFiles, timeoutsMs === null ? null : new Map(timeoutsMs));
  const loaded = mutants.recorded();
  mutants.stopRecording();
  return { loaded };
}

/** Runs all tests once without a mutant. Returns each test's duration and the mutants it reaches. */
async function baseline() {
  const tests = suite.tests().map((test) => ({ ...test, ms: 0, calls: 0, covered: new Set(), isUsable: true }));
  const byTitle = new Map(tests.map((test) => [test.title, test]));
  const failures = [];
  let current = [];
  const collect = () => {
    const ids = mutants.recorded();
    for (const { covered } of current) for (const id of ids) covered.add(id);
  };
  mutants.record(mostId);
  await suite.run(null, {
    onBegin(titles) {
      collect();
      current = titles.map((title) => byTitle.get(title));
      mutants.calls = 0;
    },
    onEnd(title, ms) {
      const test = byTitle.get(title);
      test.ms += ms;
      test.calls += mutants.calls;
    },
    onFailure({ title, titles, error }) {
      failures.push(`${title}: ${error?.message ?? error}`);
      for (const each of titles) byTitle.get(each).isUsable = false;
    },
  });
  collect();
  mutants.stopRecording();
  return { tests: tests.map((test) => ({ ...test, covered: [...test.covered] })), failures };
}

/**
 * Runs tests against one mutant, set after set, until one fails. With `repeatsTimeouts` a timeout counts only when it
 * happens twice: a busy machine may cause the first. After a timeout the test runs again without the mutant: `isHealthy`
 * false means that the hanging code still disturbs this process.
 */
async function run({ repeatsTimeouts, ...order }) {
  let { failure, isEndless } = await runAgainst(order);
  if (repeatsTimeouts && failure?.isTimeout && !isEndless) ({ failure, isEndless } = await runAgainst(order));
  if (failure === null) return { outcome: 'survived', by: null, isUncaught: false, isHealthy: true };
  const isTimeout = isEndless || failure.isTimeout;
  const { title, isUncaught } = failure;
  const isHealthy = !isTimeout || (await passesWithoutMutant(title));
  return { outcome: isTimeout ? 'timeout' : 'caught', by: title, isUncaught, isHealthy };
}

async function runAgainst({ id, sets, mostCalls }) {
  mutants.active = id;
  mutants.calls = 0;
  mutants.mostCalls = mostCalls;
  let failure = null;
  for (const titles of sets) {
    if (failure === null) await suite.run(new Set(titles), { onFailure: (first) => (failure ??= first) });
  }
  const { isEndless } = mutants;
  mutants.active = 0;
  mutants.mostCalls = Number.POSITIVE_INFINITY;
  return { failure, isEndless };
}

async function passesWithoutMutant(title) {
  let isGood = true;
  await suite.run(new Set([title]), { onFailure: () => (isGood = false) });
  return isGood;
}
