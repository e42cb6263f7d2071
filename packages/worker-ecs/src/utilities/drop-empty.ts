import { isJsonObject, type JsonObject, type JsonValue, type MutableJsonObject } from '@worker-host/core';

/** Lists of these names. */
const LEFT_AS_THEY_ARE = new Set(['capacity_provider_strategy']);

/**
 * Drops null, "", [], {} and 0 from an object, at every depth; false is kept. Emptiness is tested before going in, so
 * an object emptied by the dropping stays as `{}`. Empty elements of lists stay; lists in lists are not entered.
 */
export function dropEmpty(object: JsonObject): JsonObject {
  const result: MutableJsonObject = {};
  for (const [key, value] of Object.entries(object)) {
    if (!isEmpty(value)) result[key] = LEFT_AS_THEY_ARE.has(key) && Array.isArray(value) ? value : dropInside(value);
  }
  return result;
}

function dropInside(value: JsonValue): JsonValue {
  if (isJsonObject(value)) return dropEmpty(value);
  if (!Array.isArray(value)) return value;
  return value.map((item: JsonValue) => (isJsonObject(item) ? dropEmpty(item) : item));
}

function isEmpty(value: JsonValue): boolean {
  if (value === null || value === '' || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isJsonObject(value) && Object.keys(value).length === 0;
}
