import 'reflect-metadata';
import type { JsonObject, JsonValue } from '../json/json.js';
import { FieldDecoratorError } from './field-decorator-error.js';
import type { FieldType } from './field-type.js';

export interface FieldOptions {
  /** Name in templates, job variables and forms; fixed, snake_case. */
  readonly wireName: string;
  /** Names that the field had before. They are still read, where the wire name is not given. Default: none. */
  readonly formerNames?: readonly string[];
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

/** A field as it is kept: its options and the property it is declared on. */
export interface DeclaredField extends FieldOptions {
  readonly property: string;
}

/** A decorator of a field: TypeScript's (`experimentalDecorators`), or a standard one. */
export interface FieldDecorator {
  (prototype: object, property: string | symbol): void;
  (value: undefined, context: ClassFieldDecoratorContext): void;
}

const FIELDS = Symbol.for('worker-host.fields');

/** Where standard decorators keep what they say of a class. Node has no such symbol yet. */
const METADATA = metadataSymbol();

function metadataSymbol(): symbol {
  const given = Symbol as { metadata?: symbol };
  given.metadata ??= Symbol.for('Symbol.metadata');
  return given.metadata;
}

/** Fields by class, as they were when last asked for; a declaration forgets them all. */
let known = new WeakMap<object, readonly DeclaredField[]>();

/**
 * Says all about a field in one place: wire name, type, default, title, description, template. JSON schema, parsing and
 * checks are read from it. Decorators of class-validator and class-transformer may stand beside it.
 *
 * @throws FieldDecoratorError where it decorates something else
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

/** The fields of a class, those of its base classes first, in order of declaration. A redeclared field keeps its place. */
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
