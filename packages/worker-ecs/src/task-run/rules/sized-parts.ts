import type { JsonValue } from '@worker-host/core';

const MOST_NAMED = 40;

/** A part of a value with a maximum length. */
export interface SizedPart {
  readonly name: string;
  readonly value: JsonValue;
}

/** Returns the length of the JSON of a value. AWS specifies characters, without saying which kind. */
export function sizeOf(value: JsonValue): { readonly characters: number; readonly bytes: number } {
  const text = JSON.stringify(value);
  return { characters: [...text].length, bytes: Buffer.byteLength(text) };
}

/** Returns whether a value is too long in characters; in bytes it may be even if it is not. */
export function isTooLong(value: JsonValue, most: number): boolean {
  return sizeOf(value).characters > most;
}

/** Returns the parts with their characters, the largest first; those after the fortieth are combined. */
export function namedSizes(parts: readonly SizedPart[]): string {
  const sizes = parts
    .map(({ name, value }) => ({ name, size: sizeOf(value).characters }))
    .sort((a, b) => b.size - a.size);
  const named = sizes.slice(0, MOST_NAMED).map(({ name, size }) => `${name} ${size}`);
  const rest = sizes.slice(MOST_NAMED).reduce((sum, { size }) => sum + size, 0);
  return [...named, ...(rest > 0 ? [`others ${rest}`] : [])].join(', ');
}
