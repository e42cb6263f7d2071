import { Validator } from 'class-validator/cjs/validation/Validator.js';
import { isJsonObject, type JsonObject, type JsonValue, type MutableJsonObject } from '../json/json.js';
import { coerceToType } from './coerce.js';
import type { ConfigurationProblem } from './configuration-problem.js';
import { type DeclaredField, fieldsOf } from './field.js';
import type { ModelClass } from './field-type.js';
import { findTypeProblems } from './field-type.js';
import { modelOptionsOf } from './model.js';

const HIDDEN = '********';
const VALIDATOR = new Validator();

/**
 * An instance of a model made of a wire object, and all that is wrong with it. Unknown keys are left out; a field whose
 * value is of a wrong type has its default, so that checks across fields can still be made.
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
  for (const field of fields) {
    const at = path === '' ? field.wireName : `${path}.${field.wireName}`;
    if (!Object.hasOwn(wire, field.wireName)) {
      if (required.includes(field.wireName)) {
        problems.push({ path: at, expected: 'a value', found: 'nothing', suggestion: null });
      }
      continue;
    }
    const written = wire[field.wireName] ?? null;
    const value = coerceToType(field.type, field.coerce ? field.coerce(written) : written);
    const parsed = parseValue(field, value, at);
    problems.push(...parsed.problems);
    Reflect.set(instance, field.property, parsed.value);
  }
  let usual: T | null = null;
  for (const { property } of VALIDATOR.validateSync(instance, { forbidUnknownValues: false })) {
    const field = fields.find((candidate) => candidate.property === property);
    if (!field) continue;
    const at = path === '' ? field.wireName : `${path}.${field.wireName}`;
    const found = findTypeProblems(field.type, Reflect.get(instance, property), at);
    problems.push(
      ...(field.isSecret ? found.map((problem) => ({ ...problem, found: HIDDEN, suggestion: null })) : found),
    );
    usual ??= new modelClass();
    Reflect.set(instance, property, Reflect.get(usual, property));
  }
  return { instance, problems };
}

function parseValue(
  field: DeclaredField,
  value: JsonValue,
  path: string,
): { readonly value: unknown; readonly problems: readonly ConfigurationProblem[] } {
  const { type } = field;
  if (typeof type === 'object' && 'model' in type && isJsonObject(value)) {
    const { instance, problems } = parseModel(type.model(), value, path);
    return { value: instance, problems };
  }
  if (typeof type === 'object' && 'listOf' in type && Array.isArray(value)) {
    const parsed = value.map((item: JsonValue, index) => {
      const at = `${path}[${index}]`;
      if (isJsonObject(item)) return parseModel(type.listOf(), item, at);
      const problem = { path: at, expected: 'an object', found: JSON.stringify(item), suggestion: null };
      return { instance: item, problems: [problem] };
    });
    return { value: parsed.map(({ instance }) => instance), problems: parsed.flatMap(({ problems }) => problems) };
  }
  return { value, problems: [] };
}

/** The model in wire names; nested models too. */
export function modelToJson(model: object): JsonObject {
  const json: MutableJsonObject = {};
  for (const field of fieldsOf(Object.getPrototypeOf(model).constructor as ModelClass)) {
    json[field.wireName] = valueToJson(Reflect.get(model, field.property));
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
