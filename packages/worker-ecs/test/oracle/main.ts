import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Failure } from './run-directory.js';
import { runDirectory } from './run-directory.js';

const DEFAULT_DIRECTORY = fileURLToPath(new URL('../../../test/fixtures/oracle/cases', import.meta.url));

function print({ name, differences }: Failure): void {
  const lines = differences.flatMap(({ path, expected, got }) => [
    `  ${path}`,
    `    expected ${shown(expected)}`,
    `    got      ${shown(got)}`,
  ]);
  console.log([`FAILED ${name}`, ...lines].join('\n'));
}

function shown(value: unknown): string {
  if (value === undefined) return '(nothing)';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Paths are relative to where the command was started. */
const given = process.argv.slice(2).filter((argument) => argument !== '--');
const directories = given.map((directory) => resolve(process.env.INIT_CWD ?? process.cwd(), directory));
let passed = 0;
let failed = 0;
for (const directory of directories.length > 0 ? directories : [DEFAULT_DIRECTORY]) {
  const outcome = await runDirectory(directory);
  outcome.failures.forEach(print);
  for (const name of outcome.superseded) console.log(`SUPERSEDED ${name}: recorded again from Prefect 3.9.1`);
  passed += outcome.passed;
  failed += outcome.failures.length;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
