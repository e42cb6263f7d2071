import {
  type ConfigurationProblem,
  expandDottedVariables,
  findPlaceholders,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  mergeJobVariables,
  nearest,
  problemLine,
  showValue,
} from '@worker-host/core';
import { JobVariablesInvalidError, PoolInputError } from '../embedded-errors.js';
import { problemsOfSchema, problemsOfValues } from './json-schema-problems.js';

/** @throws PoolInputError with every problem of a base job template. An empty one is not checked. */
export function assertBaseJobTemplate(template: JsonObject): void {
  if (Object.keys(template).length === 0) return;
  const problems: ConfigurationProblem[] = [];
  for (const key of ['job_configuration', 'variables']) {
    const value = template[key] ?? null;
    if (isJsonObject(value)) continue;
    problems.push({
      path: key,
      expected: 'an object',
      found: key in template ? showValue(value) : 'nothing',
      suggestion: null,
    });
  }
  const { variables: form } = template;
  if (isJsonObject(form ?? null)) problems.push(...problemsOfSchema(form as JsonObject, 'variables'));
  if (problems.length > 0) throw new PoolInputError('base job template', problems.map(problemLine));
}

/**
 * Checks job variables against the form of their pool. Values with a placeholder or a reference to a block are checked
 * when they are rendered.
 *
 * @param ofDeployment the deployment's job variables, with lower precedence than the run's
 * @throws JobVariablesInvalidError with every problem.
 */
export function assertJobVariables(
  pool: { readonly name: string; readonly baseJobTemplate: JsonObject },
  ofDeployment: JsonObject,
  ofFlowRun: JsonObject = {},
): void {
  const { variables: form, job_configuration: configuration } = pool.baseJobTemplate;
  if (!isJsonObject(form ?? null)) return;
  const values = expandDottedVariables(mergeJobVariables(ofDeployment, ofFlowRun));
  const problems = [
    ...unknownNames(values, form as JsonObject, configuration ?? {}),
    ...problemsOfValues(values, form as JsonObject).filter(({ path }) => !isLeftToRendering(values, path)),
  ];
  if (problems.length > 0) throw new JobVariablesInvalidError(pool.name, problems);
}

/** Finds variables that neither the form nor the template uses, which would be dropped silently. */
function unknownNames(values: JsonObject, form: JsonObject, configuration: JsonValue): readonly ConfigurationProblem[] {
  const inForm = isJsonObject(form.properties ?? null) ? Object.keys(form.properties as JsonObject) : [];
  const inTemplate = findPlaceholders(configuration).map(({ name }) => name.split(/[.[]/)[0] ?? name);
  const known = new Set([...inForm, ...inTemplate]);
  return Object.keys(values)
    .filter((name) => !known.has(name))
    .map((path) => {
      const suggestion = nearest(path, known) ?? null;
      const expected = suggestion === null ? `a variable of the pool (${inForm.join(', ')})` : 'a variable of the pool';
      return { path, expected, found: 'this name', suggestion };
    });
}

/** Returns whether the value at the path, or one of its parents, is resolved later. */
function isLeftToRendering(values: JsonObject, path: string): boolean {
  let value: JsonValue | undefined = values;
  for (const step of path.split(/[.[\]]+/)) {
    value = typeof value === 'object' && value !== null ? (value as JsonObject)[step] : undefined;
    if (isFilledInLater(value)) return true;
  }
  return false;
}

function isFilledInLater(value: JsonValue | undefined): boolean {
  if (typeof value === 'string') return value.includes('{{');
  return isJsonObject(value) && Object.hasOwn(value, '$ref');
}
