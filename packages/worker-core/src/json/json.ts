import { type ExactNumber, isExactNumber } from './exact-number.js';

/** Any value JSON can hold. */
export type JsonValue = null | boolean | number | ExactNumber | string | readonly JsonValue[] | JsonObject;

/** A JSON object. Only its own properties count; nothing is ever looked up on a prototype. */
export type JsonObject = { readonly [key: string]: JsonValue };

/** A JSON object under construction. */
export type MutableJsonObject = { [key: string]: JsonValue };

/** True for a plain JSON object: not null, not an array, not a number that keeps its text. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value);
}
