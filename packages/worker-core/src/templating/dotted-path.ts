import { isJsonObject, type JsonValue } from '../json/json.js';
import { NotSet } from './not-set.js';

const UNREACHABLE = new Set(['__proto__', 'constructor', 'prototype']);

/** The parts of `a.b[0].c` as they are written. */
export function pathParts(path: string): readonly string[] {
  return path.replaceAll('[', '.').replaceAll(']', '').split('.');
}

/**
 * The steps of `a.b[0].c`: names and integers. Integer-like steps are always indexes, in the digits of any script. A
 * step may be empty, as in `a..b`; it is then the name `""`.
 */
export function pathSteps(path: string): readonly (string | number)[] {
  return pathParts(path).map(stepOf);
}

function stepOf(step: string): string | number {
  return /^-?\p{Nd}+(?:_\p{Nd}+)*$/u.test(step) ? Number(withAsciiDigits(step.replaceAll('_', ''))) : step;
}

function withAsciiDigits(digits: string): string {
  return digits.replace(/\p{Nd}/gu, (digit) => String(digitValue(digit.codePointAt(0) ?? 0)));
}

/** Decimal digits stand in Unicode in whole sets of ten, from zero on, at times several sets in a row. */
function digitValue(codePoint: number): number {
  let first = codePoint;
  while (/^\p{Nd}$/u.test(String.fromCodePoint(first - 1))) first -= 1;
  return (codePoint - first) % 10;
}

/**
 * What lies at a dotted path with `[0]` indexes. Negative indexes count from the end; strings can be indexed. Only own
 * properties are looked up.
 */
export function valueAtPath(root: JsonValue, path: string): JsonValue | NotSet {
  let value: JsonValue = root;
  for (const step of pathSteps(path)) {
    const next = typeof step === 'number' ? itemAt(value, step) : memberOf(value, step);
    if (next === NotSet) return NotSet;
    value = next;
  }
  return value;
}

function itemAt(value: JsonValue, index: number): JsonValue | NotSet {
  const items = typeof value === 'string' ? [...value] : Array.isArray(value) ? value : null;
  return items?.at(index) ?? (items && index < items.length && index >= -items.length ? null : NotSet);
}

function memberOf(value: JsonValue, name: string): JsonValue | NotSet {
  if (!isJsonObject(value) || UNREACHABLE.has(name) || !Object.hasOwn(value, name)) return NotSet;
  return value[name] ?? null;
}
