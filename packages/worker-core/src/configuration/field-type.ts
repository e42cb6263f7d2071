import { isJsonObject, type JsonValue } from '../json/json.js';

/** A class whose fields carry {@link Field}. */
export type ModelClass<T extends object = object> = new () => T;

/** What a field may hold. A trailing `?` also allows null. */
export type FieldType =
  | 'string'
  | 'string?'
  | 'integer'
  | 'integer?'
  | 'number'
  | 'number?'
  | 'boolean'
  | 'boolean?'
  /** Object of strings. */
  | 'map<string>'
  /** Object of strings or nulls. */
  | 'map<string?>'
  /** Any JSON object. */
  | 'object'
  | 'object?'
  | 'list<string>?'
  | 'list<map<string>>?'
  /** True, false, a path, or null. */
  | 'boolean|path?'
  | 'path?'
  | { readonly enum: readonly string[] }
  /** Another model; in the schema a `$ref` into `definitions`. */
  | { readonly model: () => ModelClass; readonly isNullable?: boolean }
  | { readonly listOf: () => ModelClass };

/** Something wrong with an input, at the name that was typed. */
export interface ConfigurationProblem {
  /** Wire names, dotted, with indexes: `capacity_provider_strategy[0].weight`. */
  readonly path: string;
  readonly expected: string;
  /** What was found, as JSON; hidden for secrets. */
  readonly found: string;
  /** The nearest good value, or what to do; null: nothing is known. */
  readonly suggestion: string | null;
}

const SCALARS: Readonly<Record<string, { readonly name: string; is(value: unknown): boolean }>> = {
  string: { name: 'a text', is: (value) => typeof value === 'string' },
  path: { name: 'a path', is: (value) => typeof value === 'string' },
  integer: { name: 'a whole number', is: (value) => Number.isInteger(value) },
  number: { name: 'a number', is: (value) => typeof value === 'number' && Number.isFinite(value) },
  boolean: { name: 'true or false', is: (value) => typeof value === 'boolean' },
  object: { name: 'an object', is: isJsonObject },
  'map<string>': { name: 'an object of texts', is: (value) => isMap(value, (member) => typeof member === 'string') },
  'map<string?>': {
    name: 'an object of texts or nulls',
    is: (value) => isMap(value, (member) => member === null || typeof member === 'string'),
  },
  'list<string>': {
    name: 'a list of texts',
    is: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
  },
  'list<map<string>>': {
    name: 'a list of objects of texts',
    is: (value) => Array.isArray(value) && value.every((item) => isMap(item, (member) => typeof member === 'string')),
  },
  'boolean|path': {
    name: 'true, false or a path',
    is: (value) => typeof value === 'boolean' || typeof value === 'string',
  },
};

function isMap(value: unknown, isMember: (member: JsonValue) => boolean): boolean {
  return isJsonObject(value) && Object.values(value).every(isMember);
}

/** What is wrong with a value of this type; null: nothing. Models are looked into by the parser. */
export function findTypeProblem(type: FieldType, value: unknown, path: string): ConfigurationProblem | null {
  if (typeof type === 'string') {
    const isNullable = type.endsWith('?');
    const scalar = SCALARS[isNullable ? type.slice(0, -1) : type];
    if (!scalar) throw new TypeError(`Unknown field type ${type}`);
    if ((isNullable && value === null) || scalar.is(value)) return null;
    return {
      path,
      expected: isNullable ? `${scalar.name} or null` : scalar.name,
      found: show(value),
      suggestion: null,
    };
  }
  if ('enum' in type) {
    if (typeof value === 'string' && type.enum.includes(value)) return null;
    return {
      path,
      expected: `one of ${type.enum.join(', ')}`,
      found: show(value),
      suggestion: nearest(value, type.enum),
    };
  }
  if ('listOf' in type) {
    return Array.isArray(value) ? null : { path, expected: 'a list', found: show(value), suggestion: null };
  }
  if (value === null && type.isNullable) return null;
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? null
    : { path, expected: 'an object', found: show(value), suggestion: null };
}

/** A value as short JSON, for messages. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

function nearest(value: unknown, candidates: readonly string[]): string | null {
  if (typeof value !== 'string') return null;
  const wanted = value.toUpperCase().replace(/[^A-Z0-9]/g, '');
  const found = candidates.find((candidate) => candidate.toUpperCase().replace(/[^A-Z0-9]/g, '') === wanted);
  return found ?? null;
}
