import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesUnder, readSource } from './source-files.mjs';

const CODE_IN_SOURCE = /\bcode(?::\s*\w+)?\s*=\s*'([A-Z][A-Z0-9_]+)'/g;
const CODE_IN_PAGE = /^\|\s*`([A-Z][A-Z0-9_]+)`\s*\|/gm;

/** Holds docs/errors.md to exactly the codes that the sources declare, both ways. */
export function checkErrorCodes(root) {
  const declared = new Map();
  for (const folder of ['packages', 'examples']) {
    for (const file of filesUnder(join(root, folder), ['.ts'])) {
      const { path, text } = readSource(root, file);
      if (!path.includes('/src/')) continue;
      for (const match of text.matchAll(CODE_IN_SOURCE)) declared.set(match[1], path);
    }
  }
  const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
  const listed = new Set([...page.matchAll(CODE_IN_PAGE)].map((match) => match[1]));
  return [
    ...[...declared]
      .filter(([code]) => !listed.has(code))
      .map(([code, path]) => `docs/errors.md lacks ${code} (${path})`),
    ...[...listed]
      .filter((code) => !declared.has(code))
      .map((code) => `docs/errors.md lists ${code}, which no source declares`),
  ];
}
