// Finds the most frequent names in the source files of a directory.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { sourceFiles } from './source-files.js';

const SHOWN = 5;
const MIN_LENGTH = 6;

const [directory = '.'] = process.argv.slice(2);
const counts = new Map<string, number>();
for (const path of sourceFiles(directory))
  for (const [word] of readFileSync(path, 'utf8').matchAll(/[A-Za-z_][A-Za-z0-9_]*/g))
    if (word.length >= MIN_LENGTH) counts.set(word, (counts.get(word) ?? 0) + 1);
const mostUsed = [...counts].sort(([, a], [, b]) => b - a).slice(0, SHOWN);
for (const [word, count] of mostUsed) console.log(`${String(count).padStart(6)}  ${word}`);
console.log(`${counts.size} names in ${basename(directory)}, most used: ${mostUsed.map(([word]) => word).join(', ')}`);
