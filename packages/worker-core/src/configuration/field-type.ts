import { isExactNumber } from '../json/exact-number.js';
import { isJsonObject } from '../json/json.js';
import { stringifyJson } from '../json/json-text.js';
import type { ConfigurationProblem } from './configuration-problem.js';

/** A class whose fields carry {@link Field}. */
export type ModelClass<T extends object = object> = new () => T;

/** `object`: any JSON object. `path`: a text that names a file. */
type Scalar = 'string' | 'integer' | 'number' | 'boolean' | 'object' | 'path';
/** A trailing `?` also allows null. */
type Member = `${Scalar}${'' | '?'}`;
type Collection = `list<${Member}>` | `map<${Member}>` | `list<map<${Member}>>` | `map<list<${Member}>>`;
/** A union of two types. Example: `boolean|path`. */
type Union = `${Scalar}|${Scalar}`;

/** Type of a field. A trailing `?` also allows null. */
export type FieldType =
  | `${Scalar | Collection | Union}${'' | '?'}`
  | { readonly enum: readonly string[]; readonly isNullable?: boolean }
  /** A nested model. In the schema, a `$ref` into `definitions`. */
  | { readonly model: () => ModelClass; readonly isNullable?: boolean }
  | { readonly listOf: () => ModelClass }
  /** Models by name. */
  | { readonly mapOf: () => ModelClass };

/** Maximum number of names shown; more would hide the rest of the message. */
const MOST_NAMED = 12;

interface Kind {
  readonly name: string;
  is(value: unknown): boolean;
  /** The nearest valid value, as written. Null: unknown. */
  nearest?(value: unknown): string | null;
  /** For collections: the type of the members. Without it, the collection is checked as a whole. */
  readonly members?: string;
}

const SCALARS: Readonly<Record<string, Kind>> = {
  string: { name: 'a text', is: (value) => typeof value === 'string', nearest: nearestText },
  path: { name: 'a path', is: (value) => typeof value === 'string' },
  integer: { name: 'a whole number', is: (value) => Number.isInteger(value), nearest: nearestInteger },
  number: {
    name: 'a number',
    is: (value) => typeof value === 'number' && Number.isFinite(value),
    nearest: (value) => numberIn(value)?.toString() ?? null,
  },
  boolean: { name: 'true or false', is: (value) => typeof value === 'boolean', nearest: nearestBoolean },
  object: { name: 'an object', is: isJsonObject, nearest: nearestObject },
};

const SEVERAL: Readonly<Record<string, string>> = {
  string: 'texts',
  path: 'paths',
  integer: 'whole numbers',
  number: 'numbers',
  boolean: 'true or false',
  object: 'objects',
};

const kinds = new Map(Object.entries(SCALARS));

/** The kind of a type without its trailing `?`. */
function kindOf(type: string): Kind {
  const known = kinds.get(type);
  if (known !== undefined) return known;
  const [, collection, members] = /^(list|map)<(.+)>$/.exec(type) ?? [];
  const kind = members === undefined ? unionKind(type) : collectionKind(collection === 'list', members);
  kinds.set(type, kind);
  return kind;
}

function collectionKind(isList: boolean, members: string): Kind {
  const name = severalOf(isList ? `list<${members}>` : `map<${members}>`, 'one');
  return isList ? { name, is: Array.isArray, members } : { name, is: isJsonObject, nearest: nearestObject, members };
}

/** `a list of objects of texts or nulls`. */
function severalOf(type: string, number: 'one' | 'many'): string {
  const [, collection, members] = /^(list|map)<(.+)>\??$/.exec(type) ?? [];
  const orNull = number === 'many' && type.endsWith('?') ? ' or nulls' : '';
  if (members === undefined) return `${SEVERAL[type.replace('?', '')] ?? type}${orNull}`;
  const [one, many] = collection === 'list' ? ['a list', 'lists'] : ['an object', 'objects'];
  return `${number === 'one' ? one : many} of ${severalOf(members, 'many')}${orNull}`;
}

function unionKind(type: string): Kind {
  const branches = type.split('|').map((name) => SCALARS[name]);
  if (branches.length < 2 || branches.includes(undefined)) throw new TypeError(`Unknown type of a field: ${type}`);
  const names = branches.map((branch) => branch?.name.replace('true or false', 'true, false') ?? '');
  return {
    name: `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`,
    is: (value) => branches.some((branch) => branch?.is(value)),
  };
}

/** Returns all problems of a value of this type. The parser checks nested models. */
export function findTypeProblems(type: FieldType, value: unknown, path: string): readonly ConfigurationProblem[] {
  if (typeof type === 'string') return problemsOfKind(type, value, path);
  if ('enum' in type) {
    if (value === null && type.isNullable) return [];
    if (typeof value === 'string' && type.enum.includes(value)) return [];
    return [
      {
        path,
        expected: `one of ${type.enum.join(', ')}`,
        found: show(value),
        suggestion: nearestWord(value, type.enum),
      },
    ];
  }
  if ('listOf' in type) {
    return Array.isArray(value) ? [] : [{ path, expected: 'a list', found: showKind(value), suggestion: null }];
  }
  if (value === null && 'isNullable' in type && type.isNullable) return [];
  return isJsonObject(value)
    ? []
    : [{ path, expected: 'an object', found: showKind(value), suggestion: nearestObject(value) }];
}

function problemsOfKind(type: string, value: unknown, path: string): readonly ConfigurationProblem[] {
  const isNullable = type.endsWith('?');
  const kind = kindOf(isNullable ? type.slice(0, -1) : type);
  if (isNullable && value === null) return [];
  if (!kind.is(value)) {
    const expected = isNullable ? `${kind.name} or null` : kind.name;
    const holdsMembers = kind.members !== undefined || kind === SCALARS.object;
    const found = holdsMembers ? showKind(value) : show(value);
    return [{ path, expected, found, suggestion: kind.nearest?.(value) ?? null }];
  }
  const { members } = kind;
  if (members === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => problemsOfKind(members, item, `${path}[${index}]`));
  return Object.entries(value as object).flatMap(([key, member]) => problemsOfKind(members, member, `${path}.${key}`));
}

/** A value as short JSON, for messages. */
export function show(value: unknown): string {
  const text = value === undefined ? 'undefined' : stringifyJson(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

/** Describes a value with members by its type and the names in it. The values can be secrets, such as those of `env`. */
function showKind(value: unknown): string {
  if (typeof value === 'string') return 'a text';
  if (Array.isArray(value) && value.length > 0) return `a list of ${value.length}`;
  const names = isJsonObject(value) ? Object.keys(value) : [];
  return names.length > 0 ? `an object (${names.slice(0, MOST_NAMED).join(', ')})` : show(value);
}

function nearestText(value: unknown): string | null {
  const hasPlainText = typeof value === 'number' || typeof value === 'boolean' || isExactNumber(value);
  return hasPlainText ? JSON.stringify(String(value)) : null;
}

function nearestInteger(value: unknown): string | null {
  const number = numberIn(value);
  return number === null ? null : String(Math.round(number));
}

/** Returns the number that a value is, or that a text begins with. */
function numberIn(value: unknown): number | null {
  const number = typeof value === 'string' ? Number.parseFloat(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

function nearestBoolean(value: unknown): string | null {
  if (typeof value === 'number') return 'true';
  if (typeof value !== 'string') return null;
  if (/^[ty]/i.test(value)) return 'true';
  return /^[fn]/i.test(value) ? 'false' : null;
}

/** Returns `{}` for null, and the object that a list of `NAME=VALUE` or of `{name, value}` describes, without values. */
function nearestObject(value: unknown): string | null {
  if (value === null) return '{}';
  if (!Array.isArray(value) || value.length === 0) return null;
  const names = value.map(nameOfPair);
  if (names.includes(null)) return null;
  const members = names.slice(0, MOST_NAMED).map((name) => `${JSON.stringify(name)}: …`);
  return `{${members.join(', ')}${names.length > MOST_NAMED ? ', …' : ''}}`;
}

function nameOfPair(item: unknown): string | null {
  if (typeof item === 'string') return /^([^=]+)=/.exec(item)?.[1] ?? null;
  const name = isJsonObject(item) && Object.hasOwn(item, 'value') ? item.name : null;
  return typeof name === 'string' ? name : null;
}

/** Returns the candidate that equals the word except for case and punctuation. Null: none does. */
export function nearestWord(value: unknown, candidates: readonly string[]): string | null {
  if (typeof value !== 'string') return null;
  const wanted = value.toUpperCase().replace(/[^A-Z0-9]/g, '');
  const found = candidates.find((candidate) => candidate.toUpperCase().replace(/[^A-Z0-9]/g, '') === wanted);
  return found ?? null;
}
