import { type ExactNumber, isExactNumber } from './exact-number.js';

/** Any JSON value. */
export type JsonValue = null | boolean | number | ExactNumber | string | readonly JsonValue[] | JsonObject;

/** A JSON object. Only own properties count; prototypes are never read. */
export type JsonObject = { readonly [key: string]: JsonValue };

/** A JSON object under construction. */
export type MutableJsonObject = { [key: string]: JsonValue };

/** Returns whether a value is a plain JSON object: not null, an array or an {@link ExactNumber}. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value);
}
