import { findPlaceholders, isJsonObject, type JsonObject, type WorkPool } from '@worker-host/core';
import { UsageError } from '../cli-errors.js';
import { joinShellWords } from './shell-words.js';
import { parseAssignments } from './values.js';

/**
 * Returns the job variables of `--job-variable` options, and of the arguments after `--`, which become the variable `command`.
 */
export function jobVariablesOf(assignments: readonly string[], jobWords: readonly string[] | null): JsonObject {
  const variables = parseAssignments('--job-variable', assignments);
  if (jobWords === null) return variables;
  if (jobWords.length === 0) throw new UsageError('Pass a command after `--`.');
  if (Object.hasOwn(variables, 'command'))
    throw new UsageError('The command is given twice: after `--` and by --job-variable command=….');
  return { ...variables, command: joinShellWords(jobWords) };
}

/**
 * Checks that a job of the embedded pool has a command, because no flow engine provides one: the job variable `command`, even
 * if null, or the template of the pool. A pool without a template is not checked.
 *
 * @throws UsageError
 */
export function assertCommand({ name, baseJobTemplate }: WorkPool, variables: JsonObject): void {
  const { variables: form, job_configuration: configuration } = baseJobTemplate;
  const isAskedFor = findPlaceholders(configuration ?? {}).some((placeholder) => placeholder.name === 'command');
  if (!isAskedFor || Object.hasOwn(variables, 'command') || commandDefaultOf(form) !== null) return;
  throw new UsageError(
    `The job has no command, and the template of pool '${name}' has none. Pass it after \`--\`, such as \`-- ./job.sh\`; ` +
      'or pass --job-variable command=null to run what the infrastructure runs without one.',
  );
}

function commandDefaultOf(form: JsonObject[string] | undefined): unknown {
  const properties = isJsonObject(form) ? form.properties : null;
  const command = isJsonObject(properties) ? properties.command : null;
  return isJsonObject(command) ? (command.default ?? null) : null;
}
