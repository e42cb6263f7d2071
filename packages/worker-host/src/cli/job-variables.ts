import type { JsonObject } from '@worker-host/core';
import { UsageError } from './cli-errors.js';
import { joinShellWords } from './shell-words.js';
import { parseAssignments } from './values.js';

/** Job variables of `--job-variable` options and of the words after `--`, which become the variable `command`. */
export function jobVariablesOf(assignments: readonly string[], jobWords: readonly string[] | null): JsonObject {
  const variables = parseAssignments('--job-variable', assignments);
  if (jobWords === null) return variables;
  if (jobWords.length === 0) throw new UsageError('Pass a command after `--`.');
  if (Object.hasOwn(variables, 'command'))
    throw new UsageError('The command is given twice: after `--` and by --job-variable command=….');
  return { ...variables, command: joinShellWords(jobWords) };
}
