import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue, nearest, parseJson, problemLine } from '@worker-host/core';
import { problemsOfSchema } from '../../orchestrators/embedded/input/json-schema-problems.js';
import { InputFileInvalidError } from '../cli-errors.js';
import { describeJsonError } from './json-position.js';

const WHAT = 'base job template';

/**
 * Reads a base job template and checks its shape.
 *
 * @throws InputFileInvalidError with every problem and its position in the file
 */
export function readBaseJobTemplate(workingDirectory: string, file: string): JsonObject {
  const path = resolve(workingDirectory, file);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new InputFileInvalidError(WHAT, path, ['it cannot be read; check the path and its permissions'], {
      cause: error,
    });
  }
  let value: JsonValue;
  try {
    value = parseJson(text);
  } catch (error) {
    throw new InputFileInvalidError(WHAT, path, [describeJsonError(text, error)]);
  }
  const problems = problemsOfTemplate(value);
  if (problems.length > 0 || !isJsonObject(value)) throw new InputFileInvalidError(WHAT, path, problems);
  return value;
}

/** Returns all problems with the shape of a base job template, each with its path. */
export function problemsOfTemplate(template: JsonValue): readonly string[] {
  if (!isJsonObject(template)) return [`$: expected an object, found ${kindOf(template)}`];
  const problems: string[] = [];
  for (const key of Object.keys(template))
    if (key !== 'job_configuration' && key !== 'variables')
      problems.push(`${key}: expected only job_configuration and variables at the top, found this key`);
  const { job_configuration: configuration, variables } = template;
  if (!isJsonObject(configuration ?? null))
    problems.push(`job_configuration: expected an object, found ${kindOf(configuration)}`);
  if (!isJsonObject(variables ?? null)) problems.push(`variables: expected an object, found ${kindOf(variables)}`);
  else problems.push(...problemsOfVariables(variables as JsonObject));
  if (isJsonObject(configuration ?? null) && isJsonObject(variables ?? null))
    problems.push(...undeclaredPlaceholders(configuration as JsonObject, variables as JsonObject));
  return problems;
}

function problemsOfVariables(variables: JsonObject): readonly string[] {
  const problems: string[] = [];
  const { properties, required } = variables;
  if (variables.type !== undefined && variables.type !== 'object')
    problems.push(`variables.type: expected "object", found ${JSON.stringify(variables.type)}. Try "object".`);
  if (!isJsonObject(properties ?? null)) {
    problems.push(`variables.properties: expected an object, found ${kindOf(properties)}`);
    return problems;
  }
  for (const [name, schema] of Object.entries(properties as JsonObject))
    if (!isJsonObject(schema))
      problems.push(`variables.properties.${name}: expected an object, found ${kindOf(schema)}`);
  if (required !== undefined && !(Array.isArray(required) && required.every((name) => typeof name === 'string')))
    problems.push(`variables.required: expected a list of names, found ${kindOf(required)}`);
  const known = problems.map((problem) => problem.split(':')[0]);
  const more = problemsOfSchema(variables, 'variables').filter(({ path }) => !known.includes(path));
  return [...problems, ...more.map(problemLine)];
}

/** Returns placeholders without a declared variable. Prefect's server rejects such a template as well. */
function undeclaredPlaceholders(configuration: JsonObject, variables: JsonObject): readonly string[] {
  const declared = isJsonObject(variables.properties ?? null) ? (variables.properties as JsonObject) : {};
  const problems: string[] = [];
  const visit = (value: JsonValue, path: string): void => {
    if (typeof value === 'string') {
      for (const [placeholder, name = ''] of value.matchAll(/\{\{\s*([\w-]+)(?![\w-])[^{}]*\}\}/g)) {
        const isReference = /^\{\{\s*(prefect\.|ctx\.|\$)/.test(placeholder);
        if (isReference || Object.hasOwn(declared, name)) continue;
        const meant = nearest(name, Object.keys(declared));
        const advice = meant === undefined ? '' : `. Try {{ ${meant} }}.`;
        problems.push(`${path}: expected a variable of variables.properties, found ${placeholder}${advice}`);
      }
    } else if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) visit(item as JsonValue, `${path}[${index}]`);
    } else if (isJsonObject(value)) for (const [key, item] of Object.entries(value)) visit(item, `${path}.${key}`);
  };
  visit(configuration, 'job_configuration');
  return problems;
}

function kindOf(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `${typeof value} ${JSON.stringify(value)}`;
}
