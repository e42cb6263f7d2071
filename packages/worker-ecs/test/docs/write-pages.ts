import { readFileSync, writeFileSync } from 'node:fs';
import { tablePages, withTable } from './pages.js';

for (const { file, table } of tablePages()) {
  const url = new URL(`../../../docs/${file}`, import.meta.url);
  writeFileSync(url, withTable(readFileSync(url, 'utf8'), table));
}
