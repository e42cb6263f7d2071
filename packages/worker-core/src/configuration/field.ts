import type { JsonObject, JsonValue } from '../json/json.js';

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
  | { readonly enum: readonly string[] }
  /** Another model; in the schema a `$ref` into `definitions`. */
  | { readonly model: () => ModelClass }
  | { readonly listOf: () => ModelClass };

export interface FieldOptions {
  /** Name in templates, job variables and forms; fixed, snake_case. */
  readonly wireName: string;
  readonly type: FieldType;
  readonly title: string;
  /** One or two sentences for the form, in our own words. */
  readonly description?: string;
  /** Schema default. Default: null for types with `?`, none for the others. */
  readonly default?: JsonValue;
  /** What a configuration's template says for it. Default: `{{ <wireName> }}`. */
  readonly template?: JsonValue;
  /** More JSON Schema keywords, such as `format`. */
  readonly schema?: JsonObject;
  /** The value never appears in logs, errors or dumps. */
  readonly isSecret?: boolean;
  /** Turns what was written into what is kept, before it is checked (`""` to null, numbers to text). */
  readonly coerce?: (value: JsonValue) => JsonValue;
}

/**
 * Says all about a field in one place: wire name, type, default, title, description, template and validation. JSON
 * schema, parsing and validation are read from it.
 */
export function Field(_options: FieldOptions): PropertyDecorator {
  throw new Error('to be written by the owner of worker-core');
}
