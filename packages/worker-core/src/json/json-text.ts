import { randomUUID } from 'node:crypto';
import { stringify } from 'lossless-json';
import { setOwn } from '../templating/set-own.js';
import { isExactNumber, jsonNumber } from './exact-number.js';
import type { JsonValue } from './json.js';
import { markExactNumbers } from './json-scan.js';

/** Begins the texts that stand for numbers while a text is read. No text from elsewhere can begin so. */
const MARKER = `\x7f${randomUUID()}`;

/**
 * What a JSON text says; numbers whose text JavaScript would change keep it as an `ExactNumber`.
 *
 * @throws SyntaxError, as `JSON.parse` does.
 */
export function parseJson(text: string): JsonValue {
  const value: JsonValue = JSON.parse(text);
  const marked = markExactNumbers(text, MARKER);
  return marked === null ? value : withExactNumbers(JSON.parse(marked));
}

/** Puts the numbers in, however deep they stand. */
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

/** How a value is written. */
export interface JsonTextOptions {
  /** As that of `JSON.stringify`. */
  readonly replacer?: (key: string, value: unknown) => unknown;
  /** Blanks a level. Default: one line. */
  readonly indentation?: number | undefined;
}

/** The JSON text of a value; each `ExactNumber` as it was written. `null` for what JSON has no text for. */
export function stringifyJson(value: unknown, { replacer, indentation }: JsonTextOptions = {}): string {
  return stringify(value, replacer ?? null, indentation, EXACT_NUMBERS) ?? 'null';
}
