import { relative } from 'node:path';
import type { Difference } from './compare/difference.js';
import { readCases } from './read-cases.js';
import { isSuperseded, runCase } from './run-case.js';

/** A case that differs from its record, or could not be run. */
export interface Failure {
  /** Relative to the directory. */
  readonly name: string;
  readonly differences: readonly Difference[];
}

/** Runs every case in a directory, one after another. */
export async function runDirectory(
  directory: string,
): Promise<{ readonly passed: number; readonly failures: readonly Failure[]; readonly superseded: readonly string[] }> {
  const files = await readCases(directory);
  const failures: Failure[] = [];
  const superseded: string[] = [];
  for (const file of files) {
    const found =
      'problem' in file
        ? [{ path: '(case)', expected: 'a case of the known format', got: file.problem }]
        : await runCase(file.case);
    if ('case' in file && isSuperseded(file.case)) superseded.push(relative(directory, file.path));
    if (found.length > 0) failures.push({ name: relative(directory, file.path), differences: found });
  }
  return { passed: files.length - failures.length, failures, superseded };
}
