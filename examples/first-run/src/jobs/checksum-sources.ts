// Computes the SHA-256 of every source file in a directory, and one of all of them.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { sourceFiles } from './source-files.js';

const [directory = '.'] = process.argv.slice(2);
const all = createHash('sha256');
let files = 0;
let bytes = 0;
for (const path of sourceFiles(directory)) {
  const content = readFileSync(path);
  const digest = createHash('sha256').update(content).digest('hex');
  all.update(`${digest}  ${relative(directory, path)}\n`);
  files += 1;
  bytes += content.length;
}
console.log(`${files} files, ${bytes} bytes`);
console.log(`sha256 of all: ${all.digest('hex')}`);
