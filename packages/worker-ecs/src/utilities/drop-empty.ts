import {
  isExactNumber,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type MutableJsonObject,
} from '@worker-host/core';

/** Names of the lists. */
const LEFT_AS_THEY_ARE = new Set(['capacity_provider_strategy']);

/** Returns whether zero means absence in the member with this name. */
type IsZeroNothing = (key: string) => boolean;

/**
 * Drops null, "", [], {} and 0 from an object, at every depth; false is kept. Emptiness is tested before descending, so
 * an object that becomes empty stays as `{}`. Empty elements of lists stay; lists in lists are not entered.
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

/** Returns whether a value is null, "", [] or {}. */
export function isEmpty(value: JsonValue): boolean {
  if (value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return isJsonObject(value) && Object.keys(value).length === 0;
}

/** Returns whether a value is the number zero in any notation. */
export function isZero(value: JsonValue): boolean {
  return value === 0 || (isExactNumber(value) && Number(value) === 0);
}
