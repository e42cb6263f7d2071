import { createRequire } from 'node:module';
import type { ValidationError } from 'class-validator';
import { isExactNumber } from '../json/exact-number.js';
import type { ConfigurationProblem } from './configuration-problem.js';
import { type DeclaredField, fieldsOf } from './field.js';
import { type ModelClass, nearestWord, show } from './field-type.js';
import { nearest } from './nearest.js';

const HIDDEN = '********';
const require = createRequire(import.meta.url);

// Cached: each run needs them, and resolving a module name reads files.
let validatorModule: typeof import('class-validator') | null = null;
let transformerModule: typeof import('class-transformer') | null = null;
let transformerPath: string | null = null;

/**
 * class-validator, if a class in this process was decorated with any copy of it; otherwise null. Loading it takes 13
 * MiB and 250 ms, which a worker saves if its plugin does not use it.
 */
function classValidator(): typeof import('class-validator') | null {
  if (validatorModule === null && 'classValidatorMetadataStorage' in globalThis)
    validatorModule = require('class-validator') as typeof import('class-validator');
  return validatorModule;
}

/** class-transformer, if it was imported in this process; otherwise null. */
function classTransformer(): typeof import('class-transformer') | null {
  transformerPath ??= require.resolve('class-transformer');
  if (transformerModule === null && transformerPath in require.cache)
    transformerModule = require('class-transformer') as typeof import('class-transformer');
  return transformerModule;
}

/**
 * Applies the `@Type` and `@Transform` decorators of a field to its value. Without them, returns the same or an equal
 * value.
 */
export function applyTransforms(modelClass: ModelClass, { property }: DeclaredField, value: unknown): unknown {
  const transformer = classTransformer();
  if (transformer === null || holdsExactNumber(value)) return value;
  const { [property]: transformed } = transformer.plainToInstance(modelClass, { [property]: value }) as Record<
    string,
    unknown
  >;
  return transformed;
}

/** A copy of an `ExactNumber` would lose its text. */
function holdsExactNumber(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return isExactNumber(value) || Object.values(value).some(holdsExactNumber);
}

/**
 * Returns the problems that the class-validator decorators of a model report.
 *
 * @param wrong properties whose problem is already known
 */
export function findConstraintProblems(
  instance: object,
  wrong: ReadonlySet<string>,
  pathOf: (field: DeclaredField) => string,
): readonly ConfigurationProblem[] {
  const validator = classValidator();
  if (validator === null) return [];
  const fields = fieldsOf(Object.getPrototypeOf(instance).constructor as ModelClass);
  return validator.validateSync(instance, { forbidUnknownValues: false }).flatMap((error) => {
    const field = fields.find(({ property }) => property === error.property);
    // A type that allows null allows it here as well.
    if (field !== undefined && (wrong.has(field.property) || error.value === null)) return [];
    // Nested models are parsed, and thereby checked, separately.
    const isParsed = typeof field?.type === 'object' && !('enum' in field.type);
    const problems = problemsOf(error, field === undefined ? error.property : pathOf(field), !isParsed);
    if (!field?.isSecret) return problems;
    return problems.map((problem) => ({ ...problem, found: HIDDEN, suggestion: null }));
  });
}

function problemsOf(error: ValidationError, path: string, withChildren: boolean): readonly ConfigurationProblem[] {
  const own = Object.entries(error.constraints ?? {}).map(([name, message]) => ({
    path,
    expected: expectationOf(message, error.property),
    found: show(error.value ?? null),
    suggestion: nearestGood(error, name),
  }));
  if (!withChildren) return own;
  const children = (error.children ?? []).flatMap((child) => {
    const isIndex = Array.isArray(error.value);
    return problemsOf(child, isIndex ? `${path}[${child.property}]` : `${path}.${child.property}`, true);
  });
  return [...own, ...children];
}

/** Shortens `size must not be less than 1` to `not less than 1`. Keeps custom messages. */
function expectationOf(message: string, property: string): string {
  const said = message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
  const negated = said.replace(/^(?:must|should) not (?:be )?/, 'not ');
  return negated === said ? said.replace(/^(?:must|should) be /, '').replace(/^(?:must|should) /, 'to ') : negated;
}

/** The nearest valid value, if the constraint determines one. */
function nearestGood({ target, property, value }: ValidationError, name: string): string | null {
  const validator = classValidator();
  if (validator === null || target === undefined || !['min', 'max', 'isIn', 'isEnum'].includes(name)) return null;
  const constraint = validator
    .getMetadataStorage()
    .getTargetValidationMetadatas(target.constructor, '', false, false)
    .find((each) => each.propertyName === property && each.name === name)?.constraints?.[0] as unknown;
  if (name === 'min' || name === 'max') return typeof constraint === 'number' ? String(constraint) : null;
  const words = Object.values(constraint ?? {}).filter((word) => typeof word === 'string');
  return typeof value === 'string' ? (nearestWord(value, words) ?? nearest(value, words) ?? null) : null;
}
