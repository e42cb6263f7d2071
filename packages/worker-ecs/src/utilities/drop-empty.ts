import {
  isExactNumber,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type MutableJsonObject,
} from '@worker-host/core';

/** Lists of these names. */
const LEFT_AS_THEY_ARE = new Set(['capacity_provider_strategy']);

/** Whether zero says nothing in the member of this name. */
type IsZeroNothing = (key: string) => boolean;

/**
 * Drops null, "", [], {} and 0 from an object, at every depth; false is kept. Emptiness is tested before going in, so
 * an object emptied by the dropping stays as `{}`. Empty elements of lists stay; lists in lists are not entered.
 *
 * @param isZeroNothing keeps 0 in the members for which it is false. Default: 0 is dropped everywhere.
 */
export function dropEmpty(object: JsonObject, isZeroNothing: IsZeroNothing = () => true): JsonObject {
  const result: MutableJsonObject = {};
  for (const [key, value] of Object.entries(object)) {
    if (isEmpty(value) || (isZero(value) && isZeroNothing(key))) continue;
    result[key] = LEFT_AS_THEY_ARE.has(key) && Array.isArray(value) ? value : dropInside(value, isZeroNothing);
  }
  return result;
}

function dropInside(value: JsonValue, isZeroNothing: IsZeroNothing): JsonValue {
  if (isJsonObject(value)) return dropEmpty(value, isZeroNothing);
  if (!Array.isArray(value)) return value;
  return value.map((item: JsonValue) => (isJsonObject(item) ? dropEmpty(item, isZeroNothing) : item));
}

/** Whether a value is null, "", [] or {}. */
export function isEmpty(value: JsonValue): boolean {
  if (value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return isJsonObject(value) && Object.keys(value).length === 0;
}

/** Whether a value is the number zero, however it is written. */
export function isZero(value: JsonValue): boolean {
  return value === 0 || (isExactNumber(value) && Number(value) === 0);
}
