import type { ContractRunner } from '../../src/conformance/contract.js';

/** A test; the argument allows it to skip itself. */
type TestBody = (test: { skip(reason: string): void }) => Promise<void>;

interface Suite {
  readonly path: string;
  readonly befores: (() => Promise<void>)[];
  readonly afters: (() => Promise<void>)[];
  readonly tests: { readonly name: string; readonly body: TestBody }[];
}

/** A runner that registers tests, runs them later and returns the failures. */
export class CollectingRunner implements ContractRunner {
  readonly #suites: Suite[] = [];
  readonly #open: Suite[] = [];
  /** Why tests skipped themselves, by `area: name`. */
  readonly skipped = new Map<string, string>();

  readonly describe = (name: string, body: () => void): void => {
    const above = this.#open.at(-1);
    const suite: Suite = { path: above ? name : '', befores: [], afters: [], tests: [] };
    this.#suites.push(suite);
    this.#open.push(suite);
    body();
    this.#open.pop();
  };

  readonly it = (name: string, body: () => Promise<void>): void => {
    this.#open.at(-1)?.tests.push({ name, body });
  };

  readonly before = (body: () => Promise<void>): void => {
    this.#open.at(-1)?.befores.push(body);
  };

  readonly after = (body: () => Promise<void>): void => {
    this.#open.at(-1)?.afters.push(body);
  };

  /** All registered tests, as `area: name`. */
  get names(): readonly string[] {
    return this.#suites.flatMap(({ path, tests }) => tests.map(({ name }) => `${path}: ${name}`));
  }

  /** Runs the selected tests, by default all; returns each outcome by `area: name`, null for a pass. */
  async run(isWanted: (test: string) => boolean = () => true): Promise<ReadonlyMap<string, unknown>> {
    const outcomes = new Map<string, unknown>();
    for (const { path, befores, afters, tests } of this.#suites) {
      for (const before of befores) await before();
      for (const { name, body } of tests) {
        if (!isWanted(`${path}: ${name}`)) continue;
        outcomes.set(
          `${path}: ${name}`,
          await body({ skip: (reason) => void this.skipped.set(`${path}: ${name}`, reason) }).then(
            () => null,
            (error: unknown) => error ?? new Error('failed'),
          ),
        );
      }
      for (const after of afters) {
        await after().catch((error: unknown) => outcomes.set(`${path}: afterwards`, error));
      }
    }
    return outcomes;
  }
}
