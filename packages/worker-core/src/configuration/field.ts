import 'reflect-metadata';
import type { JsonObject, JsonValue } from '../json/json.js';
import { FieldDecoratorError } from './field-decorator-error.js';
import type { FieldType } from './field-type.js';

export interface FieldOptions {
  /** Name in templates, job variables and forms; snake_case; it never changes. */
  readonly wireName: string;
  /** Former names of the field, read if the wire name is absent. Default: none. */
  readonly formerNames?: readonly string[];
  readonly type: FieldType;
  readonly title: string;
  /** One or two sentences for the form. */
  readonly description?: string;
  /** Default in the schema. Default: null for types with `?`, otherwise none. */
  readonly default?: JsonValue;
  /** Template of the field in the job configuration. Default: `{{ <wireName> }}`. */
  readonly template?: JsonValue;
  /** Additional JSON Schema keywords, such as `format`. */
  readonly schema?: JsonObject;
  /** The value never appears in logs, errors or dumps. */
  readonly isSecret?: boolean;
  /** Normalizes the value before it is checked (`""` to null, numbers to text). */
  readonly coerce?: (value: JsonValue) => JsonValue;
}

/** A declared field: its options and its property. */
export interface DeclaredField extends FieldOptions {
  readonly property: string;
}

/** A field decorator of either kind: TypeScript's `experimentalDecorators`, or the standard. */
export interface FieldDecorator {
  (prototype: object, property: string | symbol): void;
  (value: undefined, context: ClassFieldDecoratorContext): void;
}

const FIELDS = Symbol.for('worker-host.fields');

/** Where standard decorators store metadata of a class. Node does not define this symbol yet. */
const METADATA = metadataSymbol();

function metadataSymbol(): symbol {
  const given = Symbol as { metadata?: symbol };
  given.metadata ??= Symbol.for('Symbol.metadata');
  return given.metadata;
}

/** Fields by class, cached; a declaration clears the cache. */
let known = new WeakMap<object, readonly DeclaredField[]>();

/**
 * Declares a field: wire name, type, default, title, description, template. The JSON schema, the parser and the checks are
 * derived from it. It can be combined with decorators of class-validator and class-transformer.
 *
 * @throws FieldDecoratorError if it decorates anything else
 */
export function Field(options: FieldOptions): FieldDecorator {
  return (target: object | undefined, property: string | symbol | ClassFieldDecoratorContext): void => {
    if (typeof property !== 'object') {
      if (typeof target !== 'object') throw new FieldDecoratorError(options.wireName);
      declareLegacy(target, String(property), options);
      return;
    }
    const metadata = property.metadata as Record<symbol, unknown> | undefined;
    if (property.kind !== 'field' || property.static || metadata === undefined)
      throw new FieldDecoratorError(options.wireName);
    const own = Object.hasOwn(metadata, FIELDS) ? (metadata[FIELDS] as DeclaredField[]) : [];
    metadata[FIELDS] = [...own, { ...options, property: String(property.name) }];
    known = new WeakMap();
  };
}

/** Declares fields of a class without decorators, by property. For plain JavaScript. */
export function defineFields<T extends object>(
  modelClass: abstract new () => T,
  fields: { readonly [Property in keyof T]?: FieldOptions },
): void {
  for (const [property, options] of Object.entries(fields) as [string, FieldOptions][])
    declareLegacy(modelClass.prototype as object, property, options);
}

function declareLegacy(prototype: object, property: string, options: FieldOptions): void {
  const own: DeclaredField[] = Reflect.getOwnMetadata(FIELDS, prototype) ?? [];
  Reflect.defineMetadata(FIELDS, [...own, { ...options, property }], prototype);
  known = new WeakMap();
}

function ownFieldsOf(prototype: object): readonly DeclaredField[] {
  const legacy: readonly DeclaredField[] = Reflect.getOwnMetadata(FIELDS, prototype) ?? [];
  const metadata: Readonly<Record<symbol, unknown>> | undefined = Object.getOwnPropertyDescriptor(
    prototype.constructor,
    METADATA,
  )?.value;
  const standard = metadata !== undefined && Object.hasOwn(metadata, FIELDS) ? metadata[FIELDS] : [];
  return [...legacy, ...(standard as readonly DeclaredField[])];
}

/**
 * Returns the fields of a class in order of declaration, those of base classes first. A redeclared field keeps its position.
 */
export function fieldsOf(modelClass: abstract new () => object): readonly DeclaredField[] {
  const found = known.get(modelClass);
  if (found !== undefined) return found;
  const byProperty = new Map<string, DeclaredField>();
  const chain: object[] = [];
  for (let prototype = modelClass.prototype; prototype; prototype = Object.getPrototypeOf(prototype)) {
    chain.unshift(prototype);
  }
  for (const prototype of chain) {
    for (const field of ownFieldsOf(prototype)) byProperty.set(field.property, field);
  }
  const fields = [...byProperty.values()];
  known.set(modelClass, fields);
  return fields;
}
