import { isJsonObject, type JsonValue } from '../json/json.js';
import { NotSet } from './not-set.js';

const UNREACHABLE = new Set(['__proto__', 'constructor', 'prototype']);

/** The steps of `a.b[0].c`: names and integers. Integer-like steps are always indexes. */
export function pathSteps(path: string): readonly (string | number)[] {
  return path
    .replaceAll('[', '.')
    .replaceAll(']', '')
    .split('.')
    .filter((step, index, all) => step !== '' || all.length === 1 || index === 0)
    .map((step) => (/^-?\d+$/.test(step) ? Number(step) : step));
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
