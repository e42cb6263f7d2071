import { readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { filesUnder, importsOf } from '../conventions/source-files.mjs';

/** Imports from a test file to a module that it is near to. */
const NEAR_STEPS = 2;

/** The imports among the compiled files of one package. */
export class ModuleGraph {
  #imports = new Map();
  #near = new Map();
  #testFiles;

  /** Reads the compiled files under `dist`. An import of a workspace package counts as an import of this package's index. */
  constructor(dist) {
    const index = join(dist, 'src', 'index.js');
    for (const file of filesUnder(dist, ['.js'])) this.#imports.set(file, importedBy(file, dist, index));
    this.#testFiles = [...this.#imports.keys()].filter((file) => file.endsWith('.test.js')).sort();
  }

  /** Returns the files that import a module directly. */
  importersOf(module) {
    return [...this.#imports].filter(([, imported]) => imported.includes(module)).map(([file]) => file);
  }

  /** Returns the test files that import one of the modules, directly or indirectly, in mocha's order. */
  testFilesReaching(modules) {
    return this.#testFilesWithin(modules, Number.POSITIVE_INFINITY);
  }

  /**
   * Returns the test files that import one of the modules directly or through one other file. For a module without such a
   * test file: all that reach it.
   */
  testFilesNear(modules) {
    const near = modules.flatMap((module) => {
      const own = this.#testFilesWithin([module], NEAR_STEPS);
      return own.length > 0 ? own : this.testFilesReaching([module]);
    });
    return this.#testFiles.filter((file) => near.includes(file));
  }

  /** Returns a function that returns whether a test, by its files, is near a module. */
  isNear(module) {
    if (!this.#near.has(module)) this.#near.set(module, new Set(this.testFilesNear([module])));
    const near = this.#near.get(module);
    return ({ files }) => files.some((file) => near.has(file));
  }

  #testFilesWithin(modules, mostSteps) {
    const reaching = new Set(modules);
    let added = [...modules];
    for (let step = 0; step < mostSteps && added.length > 0; step += 1) {
      added = added.flatMap((module) => this.importersOf(module)).filter((file) => !reaching.has(file));
      for (const file of added) reaching.add(file);
    }
    return this.#testFiles.filter((file) => reaching.has(file));
  }
}

function importedBy(file, dist, index) {
  return importsOf(readFileSync(file, 'utf8')).flatMap(({ specifier }) => {
    if (!specifier.startsWith('.')) return /^(?:@worker-host\/|worker-host)/.test(specifier) ? [index] : [];
    const path = join(dirname(file), specifier);
    return path.startsWith(`${dist}${sep}`) ? [path] : [];
  });
}
