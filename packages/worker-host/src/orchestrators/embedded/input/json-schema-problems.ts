import { createRequire } from 'node:module';
import { type ConfigurationProblem, type JsonObject, type JsonValue, nearest, showValue } from '@worker-host/core';
import type { Ajv as AjvClass, ErrorObject, ValidateFunction } from 'ajv';
import { isSecretName } from '../../../configuration/secret-names.js';

type Ajv = InstanceType<typeof AjvClass>;

/** Keywords whose errors repeat those of their branches. */
const SUMMARIES = new Set(['anyOf', 'oneOf', 'if']);
const HIDDEN = '********';
/** Maximum number of compiled schemas in the cache. */
const MOST_VALIDATORS = 16;

const validators = new Map<string, ValidateFunction>();
const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
};

/** Returns the problems of a JSON Schema itself, each at its path below the given one. */
export function problemsOfSchema(schema: JsonObject, path: string): readonly ConfigurationProblem[] {
  const ajv = createAjv();
  const plain = plainJson(schema);
  if (!ajv.validateSchema(plain)) return grouped(ajv.errors ?? [], path);
  try {
    ajv.compile(plain);
    return [];
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return [{ path, expected: 'a JSON Schema', found, suggestion: null }];
  }
}

/**
 * Returns how values violate a schema: one problem per path. As lenient as rendering, unless `exact`: texts that parse as
 * numbers are numbers.
 */
export function problemsOfValues(
  values: JsonObject,
  schema: JsonObject,
  { isExact = false }: { readonly isExact?: boolean } = {},
): readonly ConfigurationProblem[] {
  const validate = validatorOf(schema, isExact);
  return validate(plainJson(values)) ? [] : grouped(validate.errors ?? [], '');
}

/** Compiling the schema of a pool takes longer than creating a run. */
function validatorOf(schema: JsonObject, isExact: boolean): ValidateFunction {
  const text = JSON.stringify(schema);
  const key = `${isExact} ${text}`;
  const known = validators.get(key);
  if (known !== undefined) return known;
  const [oldest] = validators.keys();
  if (validators.size >= MOST_VALIDATORS && oldest !== undefined) validators.delete(oldest);
  const validate = createAjv(!isExact).compile(JSON.parse(text));
  validators.set(key, validate);
  return validate;
}

/** Returns a copy that can be changed, with only plain numbers, because the validator supports no others. */
function plainJson(value: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(value));
}

function createAjv(coerceTypes = true): Ajv {
  const { Ajv } = createRequire(import.meta.url)('ajv') as { readonly Ajv: typeof AjvClass };
  return new Ajv({
    strict: false,
    allErrors: true,
    verbose: true,
    validateFormats: false,
    coerceTypes,
    logger: false,
  });
}

function grouped(errors: readonly ErrorObject[], root: string): readonly ConfigurationProblem[] {
  const byPath = new Map<string, ErrorObject[]>();
  for (const error of errors) {
    if (SUMMARIES.has(error.keyword)) continue;
    const path = pathOf(error, root);
    byPath.set(path, [...(byPath.get(path) ?? []), error]);
  }
  return [...byPath].map(([path, ofPath]) => problemOf(path, ofPath));
}

function problemOf(path: string, errors: readonly ErrorObject[]): ConfigurationProblem {
  const [{ data, keyword } = { data: undefined, keyword: '' }] = errors;
  const expected = [...new Set(errors.flatMap(expectedBy))].join(' or ');
  if (keyword === 'required') return { path, expected, found: 'nothing', suggestion: null };
  const isMarked = errors.some(({ parentSchema }) => parentSchema?.format === 'password' || parentSchema?.writeOnly);
  const isSecret = isMarked || path.split(/[.[\]]/).some(isSecretName);
  if (isSecret) return { path, expected, found: HIDDEN, suggestion: null };
  return { path, expected, found: showValue(data), suggestion: suggestionFor(errors, data as JsonValue) };
}

function pathOf({ instancePath, keyword, params }: ErrorObject, root: string): string {
  const steps = instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (keyword === 'required') steps.push(String(params.missingProperty));
  if (keyword === 'additionalProperties') steps.push(String(params.additionalProperty));
  const path = steps.reduce(
    (text, step) => (/^\d+$/.test(step) ? `${text}[${step}]` : text ? `${text}.${step}` : step),
    root,
  );
  return path || 'job variables';
}

function expectedBy({ keyword, params, message = '' }: ErrorObject): readonly string[] {
  switch (keyword) {
    case 'type':
      return [params.type].flat().flatMap((types: string) => types.split(',').map((type) => TYPE_NAMES[type] ?? type));
    case 'enum':
      return [`one of ${params.allowedValues.map((value: JsonValue) => textOf(value)).join(', ')}`];
    case 'required':
      return ['a value'];
    case 'additionalProperties':
      return ['no such key'];
    default:
      return [`a value that ${message}`];
  }
}

function suggestionFor(errors: readonly ErrorObject[], value: JsonValue): string | null {
  for (const { keyword, params } of errors) {
    if (keyword === 'enum' && typeof value === 'string') {
      const good = nearest(value.replace(/[\s-]/g, '_'), params.allowedValues.map(textOf));
      if (good !== undefined) return good;
    }
    const number = typeof value === 'string' ? Number.parseFloat(value) : value;
    if (keyword !== 'type' || typeof number !== 'number' || Number.isNaN(number)) continue;
    if (params.type === 'integer') return String(Math.round(number));
    if (params.type === 'number') return String(number);
  }
  return null;
}

function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
