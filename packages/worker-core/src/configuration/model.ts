import 'reflect-metadata';
import type { JsonObject } from '../json/json.js';

export interface ModelOptions {
  /** Title in the schema. Default: the class's name. */
  readonly title?: string;
  readonly description?: string;
  /** Wire names of required fields. */
  readonly required?: readonly string[];
  /** Additional keywords of the schema, such as `block_type_slug`. */
  readonly schema?: JsonObject;
}

const MODEL = Symbol.for('worker-host.model');

/** Declares facts about a class that its fields cannot express: title, required fields, more schema keywords. */
export function Model(options: ModelOptions): ClassDecorator {
  return (target) => Reflect.defineMetadata(MODEL, options, target);
}

/** Returns what {@link Model} declared for a class. */
export function modelOptionsOf(modelClass: abstract new () => object): ModelOptions {
  return Reflect.getOwnMetadata(MODEL, modelClass) ?? {};
}
