import type { JsonValue } from '@worker-host/core';

const MOST_NAMED = 40;

/** A part of something that must not be too long. */
export interface SizedPart {
  readonly name: string;
  readonly value: JsonValue;
}

/** How long the JSON of a value is. AWS says characters, and does not say of which kind. */
export function sizeOf(value: JsonValue): { readonly characters: number; readonly bytes: number } {
  const text = JSON.stringify(value);
  return { characters: [...text].length, bytes: Buffer.byteLength(text) };
}

/** Whether a value is too long however AWS counts; in bytes alone it may be. */
export function isTooLong(value: JsonValue, most: number): boolean {
  return sizeOf(value).characters > most;
}

/** The parts with their characters, the biggest first; those beyond the fortieth together. */
export function namedSizes(parts: readonly SizedPart[]): string {
  const sizes = parts
    .map(({ name, value }) => ({ name, size: sizeOf(value).characters }))
    .sort((a, b) => b.size - a.size);
  const named = sizes.slice(0, MOST_NAMED).map(({ name, size }) => `${name} ${size}`);
  const rest = sizes.slice(MOST_NAMED).reduce((sum, { size }) => sum + size, 0);
  return [...named, ...(rest > 0 ? [`others ${rest}`] : [])].join(', ');
}
