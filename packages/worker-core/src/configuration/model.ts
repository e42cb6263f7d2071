import 'reflect-metadata';
import type { JsonObject } from '../json/json.js';

export interface ModelOptions {
  /** Title in the schema. Default: the class's name. */
  readonly title?: string;
  readonly description?: string;
  /** Wire names of fields that must be given. */
  readonly required?: readonly string[];
  /** More keywords of the schema, such as `block_type_slug`. */
  readonly schema?: JsonObject;
}

const MODEL = Symbol.for('worker-host.model');

/** Says of a class what its fields cannot: title, required fields, more schema keywords. */
export function Model(options: ModelOptions): ClassDecorator {
  return (target) => Reflect.defineMetadata(MODEL, options, target);
}

/** What {@link Model} said of a class. */
export function modelOptionsOf(modelClass: abstract new () => object): ModelOptions {
  return Reflect.getOwnMetadata(MODEL, modelClass) ?? {};
}
