// Counts the lines of every source file below a directory, by language.
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { sourceFiles } from './source-files.js';

const LANGUAGES: Readonly<Record<string, string>> = {
  '.ts': 'TypeScript',
  '.js': 'JavaScript',
  '.mjs': 'JavaScript',
  '.json': 'JSON',
  '.md': 'Markdown',
  '.yaml': 'YAML',
  '.yml': 'YAML',
  '.toml': 'TOML',
};

const [directory = '.'] = process.argv.slice(2);
const counts = new Map<string, { files: number; lines: number }>();
for (const path of sourceFiles(directory)) {
  const language = LANGUAGES[extname(path)] ?? 'other';
  const count = counts.get(language) ?? { files: 0, lines: 0 };
  count.files += 1;
  count.lines += readFileSync(path, 'utf8').split('\n').length - 1;
  counts.set(language, count);
}
const byLines = [...counts].sort(([, a], [, b]) => b.lines - a.lines);
for (const [language, { files, lines }] of byLines)
  console.log(`${language.padEnd(12)} ${String(files).padStart(5)} files ${String(lines).padStart(8)} lines`);
const total = byLines.reduce((sum, [, { lines }]) => sum + lines, 0);
console.log(`${total} lines in all`);
if (total === 0) process.exitCode = 1;
