import { isJsonObject, type JsonObject, type JsonValue } from '../json/json.js';
import type { RenderBudget } from './budget.js';
import { NotSet } from './not-set.js';

/** Maximum length of an index; no list is long enough to need more digits. */
const LONGEST_INDEX = 32;
const UNREACHABLE = new Set(['__proto__', 'constructor', 'prototype']);

/** Splits `a.b[0].c` into its parts, as written. */
export function pathParts(path: string): readonly string[] {
  return path.replaceAll('[', '.').replaceAll(']', '').split('.');
}

/** Returns the index that a step means in a list or a text, in digits of any script. Null: it is only a name. */
function indexOf(step: string): number | null {
  if (step.length > LONGEST_INDEX) return null;
  return /^-?\p{Nd}+(?:_\p{Nd}+)*$/u.test(step) ? Number(withAsciiDigits(step.replaceAll('_', ''))) : null;
}

function withAsciiDigits(digits: string): string {
  return digits.replace(/\p{Nd}/gu, (digit) => String(digitValue(digit.codePointAt(0) ?? 0)));
}

/** Unicode encodes decimal digits in complete sets of ten from zero, sometimes several sets in a row. */
function digitValue(codePoint: number): number {
  let first = codePoint;
  while (/^\p{Nd}$/u.test(String.fromCodePoint(first - 1))) first -= 1;
  return (codePoint - first) % 10;
}

/**
 * Returns the value at a dotted path with `[0]` indexes. In an object a step is a name, exactly as written, even if it
 * is a number; in a list or a text it is an index, and negative ones count from the end. Reads own properties only. An
 * empty step, as in `a..b`, is the name `""`.
 *
 * @param budget charged for steps that take longer than a look-up. Default: not counted.
 */
export function valueAtPath(root: JsonValue, path: string, budget?: RenderBudget): JsonValue | NotSet {
  let value: JsonValue = root;
  for (const step of pathParts(path)) {
    const next = isJsonObject(value) ? memberOf(value, step) : itemAt(value, indexOf(step), budget);
    if (next === NotSet) return NotSet;
    value = next;
  }
  return value;
}

function itemAt(value: JsonValue, index: number | null, budget?: RenderBudget): JsonValue | NotSet {
  if (index === null) return NotSet;
  // Finding a character of a text takes linear time.
  if (typeof value === 'string') budget?.spend(value.length);
  const items = typeof value === 'string' ? [...value] : Array.isArray(value) ? value : null;
  return items?.at(index) ?? (items && index < items.length && index >= -items.length ? null : NotSet);
}

function memberOf(value: JsonObject, name: string): JsonValue | NotSet {
  if (UNREACHABLE.has(name) || !Object.hasOwn(value, name)) return NotSet;
  return value[name] ?? null;
}
