import { pathToFileURL } from 'node:url';

const BEFORE_ALL = /^"before all"/;
const LONGEST_HOOK_MS = 10_000;
const AMPLE_MS = 120_000;

/** The tests of a package, loaded once into this process and run in any selection, repeatedly. */
export class TestSuite {
  #mocha;

  constructor(mocha) {
    this.#mocha = mocha;
    // Without listeners a late error between two runs would end the process. Mocha handles errors within a run, and ignores
    // unhandled rejections as its own command does.
    process.on('unhandledRejection', () => {});
    process.on('uncaughtException', () => {});
  }

  /** Loads the test files. `timeoutsMs` by title; null: every test gets a long timeout, and a failure does not end the run. */
  static async load(Mocha, testFiles, timeoutsMs) {
    const mocha = new Mocha({ bail: timeoutsMs !== null, timeout: LONGEST_HOOK_MS, reporter: class {} });
    mocha.cleanReferencesAfterRun(false);
    for (const file of testFiles) await importTests(Mocha, mocha, file);
    mocha.suite.eachTest((test) => {
      const limitMs = timeoutsMs === null ? AMPLE_MS : timeoutsMs.get(test.fullTitle());
      if (limitMs !== undefined) test.timeout(limitMs);
    });
    return new TestSuite(mocha);
  }

  /** The titles of the tests, each with the files that contain a test of that title. */
  tests() {
    const files = new Map();
    this.#mocha.suite.eachTest((test) => {
      const title = test.fullTitle();
      files.set(title, new Set([...(files.get(title) ?? []), test.file]));
    });
    return [...files].map(([title, of]) => ({ title, files: [...of] }));
  }

  /** Runs the tests with these titles; null: all. `onBegin` receives the titles that a test or a hook belongs to. */
  run(titles, { onBegin = () => {}, onEnd = () => {}, onFailure }) {
    this.#mocha.options.grep = titles === null ? undefined : { test: (title) => titles.has(title) };
    return new Promise((resolve) => {
      const runner = this.#mocha.run(() => {
        // Pending callbacks of the last test run before the next test starts.
        setImmediate(() => setImmediate(resolve));
      });
      runner.on('hook', (hook) => {
        if (BEFORE_ALL.test(hook.title)) onBegin(titlesUnder(hook.parent));
      });
      runner.on('test', (test) => onBegin([test.fullTitle()]));
      runner.on('test end', (test) => onEnd(test.fullTitle(), test.duration ?? 0));
      runner.on('fail', (test, error) => {
        onFailure({
          title: test.fullTitle(),
          // A hook that fails keeps the tests of its suite from running.
          titles: test.type === 'hook' ? titlesUnder(test.parent) : [test.fullTitle()],
          error,
          isTimeout: error?.code === 'ERR_MOCHA_TIMEOUT',
          isUncaught: error?.uncaught === true,
        });
      });
    });
  }
}

/** Imports a test file. Mocha itself would `require` it, which bypasses the loader hook for the instrumented modules. */
async function importTests(Mocha, mocha, file) {
  const { EVENT_FILE_PRE_REQUIRE, EVENT_FILE_REQUIRE, EVENT_FILE_POST_REQUIRE } = Mocha.Suite.constants;
  mocha.suite.emit(EVENT_FILE_PRE_REQUIRE, globalThis, file, mocha);
  mocha.suite.emit(EVENT_FILE_REQUIRE, await import(pathToFileURL(file).href), file, mocha);
  mocha.suite.emit(EVENT_FILE_POST_REQUIRE, globalThis, file, mocha);
}

function titlesUnder(suite) {
  const titles = [];
  suite.eachTest((test) => titles.push(test.fullTitle()));
  return titles;
}
