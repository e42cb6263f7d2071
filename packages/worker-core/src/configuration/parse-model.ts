import { isJsonObject, type JsonObject, type JsonValue, type MutableJsonObject } from '../json/json.js';
import { applyTransforms, findConstraintProblems } from './author-decorators.js';
import { coerceToType } from './coerce.js';
import type { ConfigurationProblem } from './configuration-problem.js';
import { type DeclaredField, fieldsOf } from './field.js';
import type { ModelClass } from './field-type.js';
import { findTypeProblems } from './field-type.js';
import { modelOptionsOf } from './model.js';

const HIDDEN = '********';

/** A parsed value and its problems. */
interface Parsed {
  readonly value: unknown;
  readonly problems: readonly ConfigurationProblem[];
}

/**
 * Parses a wire object into an instance of a model, with all problems. Unknown keys are omitted. A field with a value
 * of the wrong type gets its default, so that checks across fields still work.
 */
export function parseModel<T extends object>(
  modelClass: ModelClass<T>,
  wire: JsonObject,
  path = '',
): { readonly instance: T; readonly problems: readonly ConfigurationProblem[] } {
  const instance = new modelClass();
  const problems: ConfigurationProblem[] = [];
  const required = modelOptionsOf(modelClass).required ?? [];
  const fields = fieldsOf(modelClass);
  const wrong = new Set<string>();
  for (const field of fields) {
    const name = [field.wireName, ...(field.formerNames ?? [])].find((each) => Object.hasOwn(wire, each));
    const at = pathOf(path, name ?? field.wireName);
    if (name === undefined) {
      if (!required.includes(field.wireName)) continue;
      problems.push({ path: at, expected: 'a value', found: 'nothing', suggestion: null });
      wrong.add(field.property);
      continue;
    }
    const { value, problems: ofField } = parseField(modelClass, field, wire[name] ?? null, at);
    problems.push(...ofField);
    if (ofField.length > 0) wrong.add(field.property);
    if (value !== undefined) Reflect.set(instance, field.property, value);
  }
  const ofConstraints = findConstraintProblems(instance, wrong, (field) => pathOf(path, field.wireName));
  return { instance, problems: [...problems, ...ofConstraints] };
}

function pathOf(path: string, wireName: string): string {
  return path === '' ? wireName : `${path}.${wireName}`;
}

/** Returns the value of a field. Undefined: it keeps its default. */
function parseField(modelClass: ModelClass, field: DeclaredField, written: JsonValue, path: string): Parsed {
  const coerced = coerceToType(field.type, field.coerce ? field.coerce(written) : written);
  const found = findTypeProblems(field.type, coerced, path);
  const transformed = applyTransforms(modelClass, field, coerced);
  if (found.length > 0 && (transformed === coerced || findTypeProblems(field.type, transformed, path).length > 0)) {
    const problems = field.isSecret ? found.map((problem) => ({ ...problem, found: HIDDEN, suggestion: null })) : found;
    return { value: undefined, problems };
  }
  return parseModels(field, transformed, path);
}

function parseModels({ type }: DeclaredField, value: unknown, path: string): Parsed {
  if (typeof type !== 'object' || 'enum' in type || value === null) return { value, problems: [] };
  if ('model' in type) {
    const { instance, problems } = parseModel(type.model(), value as JsonObject, path);
    return { value: instance, problems };
  }
  const modelClass = 'listOf' in type ? type.listOf() : type.mapOf();
  const parse = (item: JsonValue, at: string): Parsed => {
    if (isJsonObject(item)) {
      const { instance, problems } = parseModel(modelClass, item, at);
      return { value: instance, problems };
    }
    return {
      value: item,
      problems: [{ path: at, expected: 'an object', found: JSON.stringify(item), suggestion: null }],
    };
  };
  if ('listOf' in type) {
    const parsed = (value as readonly JsonValue[]).map((item, index) => parse(item, `${path}[${index}]`));
    return { value: parsed.map((each) => each.value), problems: parsed.flatMap(({ problems }) => problems) };
  }
  const parsed = Object.entries(value as JsonObject).map(
    ([key, item]) => [key, parse(item, `${path}.${key}`)] as const,
  );
  return {
    value: Object.fromEntries(parsed.map(([key, each]) => [key, each.value])),
    problems: parsed.flatMap(([, { problems }]) => problems),
  };
}

/** Returns the model in wire names, including nested models. */
export function modelToJson(model: object): JsonObject {
  const json: MutableJsonObject = {};
  for (const field of fieldsOf(Object.getPrototypeOf(model).constructor as ModelClass)) {
    const value: unknown = Reflect.get(model, field.property);
    const isMap =
      typeof field.type === 'object' && 'mapOf' in field.type && typeof value === 'object' && value !== null;
    json[field.wireName] = isMap
      ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, valueToJson(each)]))
      : valueToJson(value);
  }
  return json;
}

function valueToJson(value: unknown): JsonValue {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) return value.map(valueToJson);
  if (typeof value !== 'object') return value as JsonValue;
  const prototype: object = Object.getPrototypeOf(value) ?? Object.prototype;
  if (fieldsOf(prototype.constructor as ModelClass).length > 0) return modelToJson(value);
  return value as JsonValue;
}
