import { createRequire } from 'node:module';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { planOf, testsOfModule, timeoutMsOf } from './test-choice.mjs';
import { TestProcess } from './test-process.mjs';

const LOAD_WITHIN_MS = 120_000;
const BASELINE_WITHIN_MS = 15 * 60_000;
const SPARE_MS = 10_000;
/** Load for each processor above which a timeout may be the machine's fault. */
const BUSY_LOAD = 1.5;
/** A sample tests mutants for this time even when the runs without a mutant took all the time that was given. */
const LEAST_SAMPLE_MS = 20_000;

/** Thrown when the tests of a package do not load, or do not come to an end. */
export class BaselineError extends Error {
  name = 'BaselineError';
}

/**
 * Tests the mutants of one package in several processes and sets `outcome` on each: `caught`, `timeout`, `survived` or
 * `uncovered`, and `by`, the test that failed. Mutants that are not tested before `isOver()` returns true keep no outcome.
 * `subject` is the package: its folder, its module graph, pairs of a module and its instrumented text, and all mutants in
 * these texts. A sample uses only the test files near its modules, which saves most of the time before the first mutant.
 * `onUnusable` receives each test that fails without a mutant and is therefore not used. `spareMs` is added to
 * the time limit of each mutant.
 */
export async function tryMutants(
  subject,
  mutants,
  { workers, isSample, isOver, onOutcome, onUnusable, isBusy = isMachineBusy, spareMs = SPARE_MS },
) {
  const { folder, graph, instrumented, all } = subject;
  const mostId = Math.max(0, ...all.map(({ id }) => id));
  const mochaPath = createRequire(join(folder, 'package.json')).resolve('mocha');
  const baseline = await runBaseline();
  const timeoutsMs = baseline.tests.map((test) => [test.title, timeoutMsOf(test)]);
  const queue = mutants.map((mutant) => firstJobOf(mutant, baseline, graph));
  const usedFiles = [...new Set(queue.flatMap(({ plan }) => plan?.testFiles ?? []))];
  const leastEndMs = isSample ? Date.now() + LEAST_SAMPLE_MS : 0;
  await Promise.all(Array.from({ length: workers }, () => work()));

  async function work() {
    let shared = null;
    while (queue.length > 0 && (!isOver() || Date.now() < leastEndMs)) {
      const job = queue.shift();
      if (job.plan === null) {
        conclude(job.mutant, 'uncovered', null);
        continue;
      }
      const isAlone = job.isFresh || job.isStatic;
      let tests = isAlone ? null : shared;
      if (tests === null) {
        const opened = await open(job);
        if (opened.failure !== undefined) {
          conclude(job.mutant, 'caught', opened.failure);
          continue;
        }
        tests = opened.process;
      }
      const { sets, mostCalls, withinMs } = job.plan;
      const order = { id: job.mutant.id, sets, mostCalls, repeatsTimeouts: isBusy() };
      const outcome = await tests.ask('run', order, withinMs + spareMs);
      const staysGood = outcome.kind === 'answered' && outcome.answer.isHealthy;
      if (isAlone || !staysGood) tests.kill();
      if (!isAlone) shared = staysGood ? tests : null;
      judge(job, outcome);
    }
    shared?.kill();
  }

  /** Starts a process and loads the tests. A mutant with which its module fails to load is caught. */
  async function open({ isStatic, isFresh, mutant, plan }) {
    const testFiles = isStatic || isFresh ? plan.testFiles : usedFiles;
    const process = new TestProcess(folder);
    const order = { mochaPath, testFiles, instrumented, timeoutsMs, active: isStatic ? mutant.id : 0, mostId };
    const outcome = await process.ask('load', order, LOAD_WITHIN_MS);
    if (outcome.kind === 'answered') return { process };
    if (isStatic) return { failure: 'loading the module fails' };
    throw new BaselineError(`The tests of ${folder} do not load: ${outcome.reason}`);
  }

  function judge(job, { kind, answer }) {
    const { mutant } = job;
    if (kind === 'endless') return conclude(mutant, 'timeout', null);
    // An earlier mutant in the same process may be the cause: repeated in a fresh process.
    const isInDoubt = kind !== 'answered' || (answer.outcome === 'caught' && answer.isUncaught);
    if (isInDoubt && !job.isFresh && !job.isStatic) return queue.push({ ...job, isFresh: true });
    if (kind !== 'answered') return conclude(mutant, 'caught', 'the process exits');
    if (answer.outcome === 'survived' && baseline.loadedIds.has(mutant.id) && !job.isStatic) {
      const next = staticJobOf(mutant, baseline, graph);
      if (next.plan !== null) return queue.push(next);
    }
    return conclude(mutant, answer.outcome, answer.by);
  }

  function conclude(mutant, outcome, by) {
    Object.assign(mutant, { outcome, by });
    onOutcome(mutant);
  }

  async function runBaseline() {
    const modules = [...new Set(mutants.map(({ module }) => module))];
    const testFiles = isSample ? graph.testFilesNear(modules) : graph.testFilesReaching(modules);
    const shares = Array.from({ length: workers }, (_, index) => testFiles.filter((_, at) => at % workers === index));
    const parts = await Promise.all(shares.filter((share) => share.length > 0).map(runShare));
    for (const failure of parts.flatMap((part) => part.failures)) onUnusable(failure);
    return baselineOf(parts, all);
  }

  async function runShare(testFiles) {
    const process = new TestProcess(folder);
    const order = { mochaPath, testFiles, instrumented, timeoutsMs: null, active: 0, mostId };
    const loaded = await process.ask('load', order, LOAD_WITHIN_MS);
    if (loaded.kind !== 'answered') throw new BaselineError(`The tests of ${folder} do not load: ${loaded.reason}`);
    const ran = await process.ask('baseline', {}, BASELINE_WITHIN_MS);
    if (ran.kind !== 'answered') throw new BaselineError(`The tests of ${folder} did not end: ${ran.reason}`);
    process.kill();
    return { ...ran.answer, loaded: loaded.answer.loaded };
  }
}

/** Returns whether more processes want to run than there are processors, by far. */
function isMachineBusy() {
  return loadavg()[0] > BUSY_LOAD * availableParallelism();
}

/** The results without a mutant: all tests, the tests that reach each mutant, and the mutants that loading reaches. */
function baselineOf(parts, mutants) {
  const tests = parts.flatMap((part) => part.tests).filter(({ isUsable }) => isUsable);
  const testsOfId = new Map(mutants.map(({ id }) => [id, []]));
  const titlesOfModule = new Map();
  const moduleOfId = new Map(mutants.map(({ id, module }) => [id, module]));
  for (const test of tests) {
    for (const id of test.covered) {
      testsOfId.get(id)?.push(test);
      const module = moduleOfId.get(id);
      if (!titlesOfModule.has(module)) titlesOfModule.set(module, new Set());
      titlesOfModule.get(module).add(test.title);
    }
  }
  return { tests, testsOfId, titlesOfModule, loadedIds: new Set(parts.flatMap(({ loaded }) => loaded)) };
}

/** The first test of a mutant; its plan is null when no test reaches it. */
function firstJobOf(mutant, baseline, graph) {
  const plan = planFor(mutant, baseline.testsOfId.get(mutant.id), graph);
  const isLoaded = baseline.loadedIds.has(mutant.id);
  return plan === null && isLoaded
    ? staticJobOf(mutant, baseline, graph)
    : { mutant, plan, isStatic: false, isFresh: false };
}

/** Module-level code runs once, when it is loaded: its mutants are active from the start of a process of their own. */
function staticJobOf(mutant, { tests, titlesOfModule }, graph) {
  const found = testsOfModule(mutant.module, {
    tests,
    testsRunning: (module) => titlesOfModule.get(module) ?? new Set(),
    importersOf: (module) => graph.importersOf(module),
  });
  return { mutant, plan: planFor(mutant, found, graph), isStatic: true, isFresh: false };
}

function planFor({ module }, tests, graph) {
  return planOf(tests, graph.isNear(module), graph.isNamedAfter(module));
}
