import { isExactNumber, type JsonValue, pythonStr } from '@worker-host/core';
import { sizeNumber } from '../utilities/size-number.js';
import type { MemberType } from './structure.js';

/** Members with CPU units or MiB as integers, which users also write as `1 vCPU` or `2 GB`. */
const SIZES: ReadonlySet<string> = new Set(['cpu', 'memory', 'memoryReservation']);
/**
 * Integers of a definition for which zero differs from absence: no core dumps, no swap, no grace period. For all others
 * AWS rejects zero, or treats it as absent.
 */
const ZERO_COUNTS: ReadonlySet<string> = new Set([
  ...['softLimit', 'hardLimit', 'maxSwap', 'swappiness', 'startPeriod'],
  ...['size', 'sizeInGiB'],
]);

/** Returns whether zero in an integer of a definition means absence. */
export function isZeroNothing(member: string): boolean {
  return !ZERO_COUNTS.has(member);
}

/** Returns whether a member contains a number, even as text. */
export function isOfNumbers(type: MemberType, member: string): boolean {
  return type.kind === 'integer' || (type.kind === 'text' && SIZES.has(member));
}

/**
 * Returns the value in the type of AWS, if it can be converted unambiguously: a number or boolean to text, digits to a
 * number, `1 vCPU` to units. Null: it cannot.
 */
export function plainValue(type: MemberType, value: JsonValue, structure: string, member: string): JsonValue | null {
  switch (type.kind) {
    case 'text':
      return type.words === null ? textOf(value, structure, member) : typeof value === 'string' ? value : null;
    case 'integer':
      return integerOf(value, member);
    case 'boolean':
      if (typeof value === 'boolean') return value;
      return value === 'true' ? true : value === 'false' ? false : null;
    default:
      return null;
  }
}

function textOf(value: JsonValue, structure: string, member: string): string | null {
  if (typeof value === 'string') return SIZES.has(member) ? value.replace(/^(\s*\d+)\.0*(?=\s*$)/, '$1') : value;
  // As in env: a process receives what Python prints. Everything else goes to tools that read JSON.
  if (typeof value === 'boolean') return structure === 'KeyValuePair' ? pythonStr(value) : String(value);
  if (typeof value !== 'number' && !isExactNumber(value)) return null;
  const isWholeSize = SIZES.has(member) && Number.isSafeInteger(Number(value));
  return isWholeSize ? String(Number(value)) : pythonStr(value);
}

function integerOf(value: JsonValue, member: string): number | null {
  const number = typeof value === 'string' ? numberIn(value, member) : isNumber(value) ? Number(value) : Number.NaN;
  return Number.isSafeInteger(number) ? number : null;
}

function numberIn(text: string, member: string): number {
  if (/^\s*[+-]?\d+(?:\.0*)?\s*$/.test(text)) return Number(text);
  return SIZES.has(member) ? sizeNumber(text) : Number.NaN;
}

/** Returns whether a value is a JSON number in any notation. */
export function isNumber(value: JsonValue): boolean {
  return typeof value === 'number' || isExactNumber(value);
}
