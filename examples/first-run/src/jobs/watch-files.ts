// Polls whether a file in a directory has changed, until it is stopped.
import { statSync } from 'node:fs';
import { sourceFiles } from './source-files.js';

const PAUSE_MS = 250;

const [directory = '.'] = process.argv.slice(2);
const newestChangeMs = () => Math.max(...[...sourceFiles(directory)].map((path) => statSync(path).mtimeMs));

let looks = 1;
let lastChangeMs = newestChangeMs();
process.once('SIGTERM', () => {
  console.log(`told to stop after ${looks} looks`);
  process.exit(0);
});
console.log(`last change ${new Date(lastChangeMs).toISOString()}; watching`);
setInterval(() => {
  looks += 1;
  const changeMs = newestChangeMs();
  if (changeMs > lastChangeMs) console.log(`changed at ${new Date(changeMs).toISOString()}`);
  lastChangeMs = changeMs;
}, PAUSE_MS);
