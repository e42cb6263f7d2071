import { isExactNumber, stringifyJson } from '@worker-host/core';

/** A JSON value as a text: a text as it is. Unlike `String`, it calls nothing that an object has under the name `toString`. */
export function jsonText(value: unknown): string {
  const isStructure = typeof value === 'object' && value !== null && !isExactNumber(value);
  return isStructure ? stringifyJson(value) : String(value);
}
