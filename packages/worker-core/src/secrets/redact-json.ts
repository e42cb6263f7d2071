import { type ExactNumber, isExactNumber } from '../json/exact-number.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/json.js';
import { setOwn } from '../templating/set-own.js';

/** Replaces texts, keys and numbers of a value. */
export interface JsonReplacer {
  text(text: string): string;
  number(value: number | ExactNumber): JsonValue;
}

type Container = JsonObject | JsonValue[];

/** Returns a copy of a value with its texts, keys and numbers replaced, at any depth. */
export function replaceInJson(value: JsonValue, replacer: JsonReplacer): JsonValue {
  const root: JsonValue[] = [];
  const open: (readonly [source: Container, copy: Container])[] = [[[value], root]];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [source, copy] = pair;
    for (const [key, member] of Object.entries(source) as [string, JsonValue][]) {
      const shown = isContainer(member) ? emptyLike(member) : replaced(member, replacer);
      if (isContainer(member) && isContainer(shown)) open.push([member, shown]);
      if (Array.isArray(copy)) copy.push(shown);
      else setOwn(copy, replacer.text(key), shown);
    }
  }
  return root[0] ?? null;
}

/** Returns every text and number in a value, at any depth. */
export function* leavesOf(value: JsonValue): Generator<string | number | ExactNumber, void, void> {
  const open: JsonValue[] = [value];
  for (let each = open.pop(); each !== undefined; each = open.pop()) {
    if (typeof each === 'string' || typeof each === 'number' || isExactNumber(each)) yield each;
    else if (isContainer(each)) for (const member of Object.values(each) as JsonValue[]) open.push(member);
  }
}

function replaced(value: JsonValue, replacer: JsonReplacer): JsonValue {
  if (typeof value === 'string') return replacer.text(value);
  return typeof value === 'number' || isExactNumber(value) ? replacer.number(value) : value;
}

function isContainer(value: JsonValue): value is Container {
  return Array.isArray(value) || (isJsonObject(value) && !isExactNumber(value));
}

function emptyLike(container: Container): Container {
  return Array.isArray(container) ? [] : {};
}
