import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const MADE = ['node_modules', 'dist', '.turbo', '.git'];

/** Every file under `folder` whose name ends with one of `endings`; `[]` where the folder is missing. */
export function filesUnder(folder, endings, { withFixtures = false } = {}) {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      const isLeftOut = MADE.includes(entry.name) || (entry.name === 'fixtures' && !withFixtures);
      return isLeftOut ? [] : filesUnder(path, endings, { withFixtures });
    }
    return endings.some((ending) => entry.name.endsWith(ending)) ? [path] : [];
  });
}

/** The module specifiers a TypeScript file imports or re-exports, with their line numbers. */
export function importsOf(text) {
  const found = [];
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;
  for (const match of text.matchAll(pattern)) {
    const specifier = match[1] ?? match[2] ?? match[3];
    const line = text.slice(0, match.index + match[0].length).split('\n').length;
    found.push({ specifier, line });
  }
  return found;
}

/** Reads a file and says where it is, seen from the root. */
export function readSource(root, path) {
  return { path: relative(root, path), text: readFileSync(path, 'utf8') };
}

/** The package a bare specifier belongs to: `@scope/name/sub` gives `@scope/name`. */
export function packageOf(specifier) {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
}
