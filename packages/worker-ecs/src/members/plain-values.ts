import { isExactNumber, type JsonValue, pythonStr } from '@worker-host/core';
import { sizeNumber } from '../utilities/size-number.js';
import type { MemberType } from './structure.js';

/** Members that hold CPU units or MiB as whole numbers, where people also write `1 vCPU` or `2 GB`. */
const SIZES: ReadonlySet<string> = new Set(['cpu', 'memory', 'memoryReservation']);
/**
 * Whole numbers of a definition of which zero says something else than their absence: no core dumps, no swap, no grace.
 * Of all others AWS refuses zero, or reads it as if the member were not there.
 */
const ZERO_COUNTS: ReadonlySet<string> = new Set([
  ...['softLimit', 'hardLimit', 'maxSwap', 'swappiness', 'startPeriod'],
  ...['size', 'sizeInGiB'],
]);

/** Whether zero in a whole number of a definition says nothing. */
export function isZeroNothing(member: string): boolean {
  return !ZERO_COUNTS.has(member);
}

/** Whether a member holds a number, if only as text. */
export function isOfNumbers(type: MemberType, member: string): boolean {
  return type.kind === 'integer' || (type.kind === 'text' && SIZES.has(member));
}

/**
 * The value in the type that AWS wants, where what was written has one plain meaning in it: a number or boolean where
 * text belongs, digits where a number belongs, `1 vCPU` where units belong. Null: it has none.
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
  // As in env: what reaches a process is what Python prints. All else goes to tools that read JSON's words.
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

/** Whether a value is a JSON number, however it is written. */
export function isNumber(value: JsonValue): boolean {
  return typeof value === 'number' || isExactNumber(value);
}
