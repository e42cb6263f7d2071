import { randomUUID } from 'node:crypto';
import { stringify } from 'lossless-json';
import { setOwn } from '../templating/set-own.js';
import { isExactNumber, jsonNumber } from './exact-number.js';
import type { JsonValue } from './json.js';
import { markExactNumbers } from './json-scan.js';

/** Beginning of texts that represent numbers during parsing. No external text can begin with it. */
const MARKER = `\x7f${randomUUID()}`;

/**
 * Parses JSON. Numbers whose text JavaScript would change become an `ExactNumber`.
 *
 * @throws SyntaxError, as `JSON.parse` does.
 */
export function parseJson(text: string): JsonValue {
  const value: JsonValue = JSON.parse(text);
  const marked = markExactNumbers(text, MARKER);
  return marked === null ? value : withExactNumbers(JSON.parse(marked));
}

/** Replaces marked texts by their numbers, at any depth. */
function withExactNumbers(value: JsonValue): JsonValue {
  const root = [value];
  const open: object[] = [root];
  for (let each = open.pop(); each !== undefined; each = open.pop()) {
    for (const [key, member] of Object.entries(each) as [string, JsonValue][]) {
      if (typeof member === 'object' && member !== null) open.push(member);
      else if (typeof member === 'string' && member.startsWith(MARKER))
        setOwn(each, key, jsonNumber(member.slice(MARKER.length)));
    }
  }
  return root[0] ?? null;
}

const EXACT_NUMBERS = [{ test: isExactNumber, stringify: String }];

/** Format of a JSON text. */
export interface JsonTextOptions {
  /** As for `JSON.stringify`. */
  readonly replacer?: (key: string, value: unknown) => unknown;
  /** Spaces per level. Default: a single line. */
  readonly indentation?: number | undefined;
}

/**
 * Returns the JSON text of a value, with each `ExactNumber` as written. `null` for values that JSON cannot represent.
 */
export function stringifyJson(value: unknown, { replacer, indentation }: JsonTextOptions = {}): string {
  return stringify(value, replacer ?? null, indentation, EXACT_NUMBERS) ?? 'null';
}
