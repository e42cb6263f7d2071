import { createRequire } from 'node:module';
import {
  expandDottedVariables,
  findPlaceholders,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  mergeJobVariables,
} from '@worker-host/core';
import type { Ajv as AjvClass, ErrorObject, ValidateFunction } from 'ajv';
import { JobVariablesInvalidError, PoolInputError } from './embedded-errors.js';

type Ajv = InstanceType<typeof AjvClass>;

/** Errors of these say nothing that the ones of their branches do not. */
const SUMMARIES = new Set(['anyOf', 'oneOf', 'if']);

/** @throws PoolInputError with every problem of a base job template. One that is empty is none yet. */
export function assertBaseJobTemplate(template: JsonObject): void {
  if (Object.keys(template).length === 0) return;
  const problems: string[] = [];
  for (const key of ['job_configuration', 'variables'])
    if (!isJsonObject(template[key] ?? null)) problems.push(`${key} must be an object`);
  const { variables: form } = template;
  if (isJsonObject(form ?? null)) {
    try {
      compile(form as JsonObject);
    } catch (error) {
      problems.push(`variables is no JSON Schema: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (problems.length > 0) throw new PoolInputError('base job template', problems);
}

/**
 * Checks job variables against the form of their pool. Values that hold a placeholder or a reference to a block are
 * left to the rendering.
 *
 * @param ofDeployment the deployment's, under the run's own
 * @throws JobVariablesInvalidError with every problem at once.
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
    ...problemsOf(values, form as JsonObject),
  ];
  if (problems.length > 0) throw new JobVariablesInvalidError(pool.name, problems);
}

/** Variables that neither the form nor the template knows would be dropped without a word. */
function unknownNames(values: JsonObject, form: JsonObject, configuration: JsonValue): readonly string[] {
  const inForm = isJsonObject(form.properties ?? null) ? Object.keys(form.properties as JsonObject) : [];
  const inTemplate = findPlaceholders(configuration).map(({ name }) => name.split(/[.[]/)[0] ?? name);
  const known = new Set([...inForm, ...inTemplate]);
  return Object.keys(values)
    .filter((name) => !known.has(name))
    .map((name) => `${name}: there is no such variable (there are: ${inForm.join(', ')})`);
}

function problemsOf(values: JsonObject, form: JsonObject): readonly string[] {
  const validate = compile(form);
  if (validate(structuredClone(values))) return [];
  const problems = (validate.errors ?? [])
    .filter(({ keyword, instancePath }) => !SUMMARIES.has(keyword) && !isLeftToRendering(values, instancePath))
    .map(describe);
  return [...new Set(problems)];
}

/** Lenient as the rendering is: texts that read as numbers are numbers. */
function compile(form: JsonObject): ValidateFunction {
  const { Ajv } = createRequire(import.meta.url)('ajv') as { readonly Ajv: typeof AjvClass };
  const ajv: Ajv = new Ajv({
    strict: false,
    allErrors: true,
    validateFormats: false,
    coerceTypes: true,
    logger: false,
  });
  return ajv.compile(form);
}

function describe({ instancePath, keyword, message, params }: ErrorObject): string {
  const path = instancePath.slice(1).replaceAll('/', '.') || 'job variables';
  if (keyword === 'enum') return `${path}: must be one of ${JSON.stringify(params.allowedValues)}`;
  return `${path}: ${message ?? 'is not valid'}`;
}

/** True where the value at the path, or one above it, is filled in later. */
function isLeftToRendering(values: JsonObject, instancePath: string): boolean {
  let value: JsonValue | undefined = values;
  for (const step of instancePath.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    value = typeof value === 'object' && value !== null ? (value as JsonObject)[key] : undefined;
    if (isFilledInLater(value)) return true;
  }
  return false;
}

function isFilledInLater(value: JsonValue | undefined): boolean {
  if (typeof value === 'string') return value.includes('{{');
  return isJsonObject(value) && Object.hasOwn(value, '$ref');
}
