import { isExactNumber, stringifyJson } from '@worker-host/core';

/** Returns a JSON value as a text; a text is unchanged. Unlike `String`, it never calls an object's own `toString`. */
export function jsonText(value: unknown): string {
  const isStructure = typeof value === 'object' && value !== null && !isExactNumber(value);
  return isStructure ? stringifyJson(value) : String(value);
}
