import { isJsonObject, type JsonValue } from '@worker-host/core';

/** A path with an unexpected value. */
export interface Difference {
  readonly path: string;
  readonly expected: unknown;
  readonly got: unknown;
}

/** Returns where two values differ, path by path. `undefined` represents an absent value. */
export function differences(expected: JsonValue | undefined, got: JsonValue | undefined, path = ''): Difference[] {
  if (isJsonObject(expected) && isJsonObject(got)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(got)])];
    return keys.flatMap((key) => differences(own(expected, key), own(got, key), path === '' ? key : `${path}.${key}`));
  }
  if (Array.isArray(expected) && Array.isArray(got)) {
    const length = Math.max(expected.length, got.length);
    return Array.from({ length }).flatMap((_, index) => differences(expected[index], got[index], `${path}[${index}]`));
  }
  return Object.is(expected, got) || JSON.stringify(expected) === JSON.stringify(got) ? [] : [{ path, expected, got }];
}

function own(object: { readonly [key: string]: JsonValue }, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
