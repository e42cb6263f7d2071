/** Any value JSON can hold. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object. Only its own properties count; nothing is ever looked up on a prototype. */
export type JsonObject = { readonly [key: string]: JsonValue };

/** A JSON object under construction. */
export type MutableJsonObject = { [key: string]: JsonValue };

/** True for a plain JSON object: not null, not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
