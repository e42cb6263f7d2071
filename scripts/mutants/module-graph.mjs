import { readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { filesUnder, importsOf } from '../house/source-files.mjs';

/** The imports among the compiled files of one package. */
export class ModuleGraph {
  #imports = new Map();
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
    const reaching = new Set(modules);
    const waiting = [...modules];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const importer of this.importersOf(next)) {
        if (reaching.has(importer)) continue;
        reaching.add(importer);
        waiting.push(importer);
      }
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
