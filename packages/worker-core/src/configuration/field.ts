import 'reflect-metadata';
import { Expose } from 'class-transformer/cjs/decorators/expose.decorator.js';
import { ValidateBy } from 'class-validator/cjs/decorator/common/ValidateBy.js';
import type { JsonObject, JsonValue } from '../json/json.js';
import { type FieldType, findTypeProblems } from './field-type.js';

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

/** A field as it is kept: its options and the property it is declared on. */
export interface DeclaredField extends FieldOptions {
  readonly property: string;
}

const FIELDS = Symbol.for('worker-host.fields');

/** Fields by class, as they were when last asked for; a declaration forgets them all. */
let known = new WeakMap<object, readonly DeclaredField[]>();

/**
 * Says all about a field in one place: wire name, type, default, title, description, template and validation. JSON
 * schema, parsing and validation are read from it.
 */
export function Field(options: FieldOptions): PropertyDecorator {
  return (prototype, propertyKey) => {
    const property = String(propertyKey);
    const own: DeclaredField[] = Reflect.getOwnMetadata(FIELDS, prototype) ?? [];
    Reflect.defineMetadata(FIELDS, [...own, { ...options, property }], prototype);
    known = new WeakMap();
    Expose({ name: options.wireName })(prototype, propertyKey);
    ValidateBy({
      name: 'field',
      validator: {
        validate: (value) => findTypeProblems(options.type, value, options.wireName).length === 0,
        defaultMessage: () => `${options.wireName} is not what was expected`,
      },
    })(prototype, propertyKey);
  };
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
    const own: readonly DeclaredField[] = Reflect.getOwnMetadata(FIELDS, prototype) ?? [];
    for (const field of own) byProperty.set(field.property, field);
  }
  const fields = [...byProperty.values()];
  known.set(modelClass, fields);
  return fields;
}
