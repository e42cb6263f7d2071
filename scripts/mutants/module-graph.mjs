import { readFileSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { filesUnder, importsOf } from '../conventions/source-files.mjs';

/** Imports from a test file to a module that it is near to, without those among files of tests. */
const NEAR_STEPS = 2;

/** The imports among the compiled files of one package. */
export class ModuleGraph {
  #imports = new Map();
  #near = new Map();
  #testFolder;
  #testFiles;

  /** Reads the compiled files under `dist`. An import of a workspace package counts as an import of this package's index. */
  constructor(dist) {
    const index = join(dist, 'src', 'index.js');
    this.#testFolder = `${join(dist, 'test')}${sep}`;
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
   * Returns the test files that import one of the modules directly or through one other module, and those named after it.
   * For a module without such a test file: all that reach it.
   */
  testFilesNear(modules) {
    const near = modules.flatMap((module) => {
      const own = [...this.#testFilesNamedAfter(module), ...this.#testFilesWithin([module], NEAR_STEPS)];
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

  /** Returns a function that returns whether a test is in a file named after a module. */
  isNamedAfter(module) {
    const own = new Set(this.#testFilesNamedAfter(module));
    return ({ files }) => files.some((file) => own.has(file));
  }

  #testFilesNamedAfter(module) {
    const name = basename(module).replace(/\.js$/, '.test.js');
    return this.#testFiles.filter((file) => basename(file) === name && this.#reaches(file, module));
  }

  #reaches(testFile, module) {
    return this.#testFilesWithin([module], Number.POSITIVE_INFINITY).includes(testFile);
  }

  #testFilesWithin(modules, mostSteps) {
    const reaching = new Set(modules);
    const add = (files) => {
      const added = files.flatMap((file) => this.importersOf(file)).filter((file) => !reaching.has(file));
      for (const file of added) reaching.add(file);
      return added;
    };
    let added = [...modules];
    for (let step = 0; step < mostSteps && added.length > 0; step += 1) {
      added = add(added);
      for (let support = added.filter((file) => this.#isSupport(file)); support.length > 0; ) {
        const more = add(support);
        added.push(...more);
        support = more.filter((file) => this.#isSupport(file));
      }
    }
    return this.#testFiles.filter((file) => reaching.has(file));
  }

  /** A file that tests share: what it imports is as near as if they did. */
  #isSupport(file) {
    return file.startsWith(this.#testFolder) && !file.endsWith('.test.js');
  }
}

function importedBy(file, dist, index) {
  return importsOf(readFileSync(file, 'utf8')).flatMap(({ specifier }) => {
    if (!specifier.startsWith('.')) return /^(?:@worker-host\/|worker-host)/.test(specifier) ? [index] : [];
    const path = join(dirname(file), specifier);
    return path.startsWith(`${dist}${sep}`) ? [path] : [];
  });
}
