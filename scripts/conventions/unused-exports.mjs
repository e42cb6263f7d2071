import { dirname, join } from 'node:path';
import { filesUnder, importsOf, readSource } from './source-files.mjs';

const PARTS = ['packages', 'examples', 'suites'];
const VALUE = /^export (?:abstract )?(?:async )?(?:const|let|function\*?|class|enum) (\w+)/gm;
const TYPE = /^export (?:interface|type) (\w+)/gm;
/** Forked by its path, or begun by Node itself: nobody imports it. */
const BEGUN = /\bnew URL\(\s*['"`]([^'"`]+\.js)['"`]/g;

/**
 * Exported values of sources that no other file of the workspace mentions, and exported types that nobody mentions at all:
 * one that stands in an exported signature may well be for readers only. What an `index.ts` exports is for users; a file
 * counts as a user of another when it imports that and has the name in it.
 */
export function checkUnusedExports(root) {
  const files = PARTS.flatMap((part) =>
    filesUnder(join(root, part), ['.ts', '.js', '.mjs'], { withFixtures: true }),
  ).map((file) => {
    const { path, text } = readSource(root, file);
    return { path, text, words: new Set(text.match(/\w+/g)), reads: new Set(filesReadBy(path, text)) };
  });
  return files
    .filter(({ path }) => /\/src\/.*\.ts$/.test(path) && !path.endsWith('/index.ts'))
    .flatMap(({ path, text }) => {
      const readers = files.filter(({ reads }) => reads.has(path));
      const isUsed = (name) => readers.some(({ words }) => words.has(name));
      const values = namesOf(VALUE, text).filter((name) => !isUsed(name));
      const types = namesOf(TYPE, text).filter((name) => !isUsed(name) && text.split(name).length === 2);
      return [...values, ...types].map((name) => `${path}: export of ${name}, which nobody uses`);
    });
}

function namesOf(pattern, text) {
  return [...text.matchAll(pattern)].map(([, name]) => name);
}

/** Sources, seen from the root, that a file imports, statically or when needed. */
function filesReadBy(path, text) {
  const begun = [...text.matchAll(BEGUN)].map(([, specifier]) => specifier);
  return [...importsOf(text).map(({ specifier }) => specifier), ...begun]
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => join(dirname(path), specifier).replace('/dist/', '/').replace(/\.js$/, '.ts'));
}
