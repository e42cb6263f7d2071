import { parse, stringify } from 'lossless-json';
import { isExactNumber, jsonNumber } from './exact-number.js';
import type { JsonValue } from './json.js';

/** A number that JavaScript may print as another text: with a point, an exponent, many digits, or a minus before zero. */
const DELICATE_NUMBER = /(?:^|"\s*:|[[,])\s*-?(?:\d+[.eE]|\d{16}|(?<=-)0)/;

/**
 * What a JSON text says; numbers whose text JavaScript would change keep it as an `ExactNumber`.
 *
 * @throws SyntaxError, as `JSON.parse` does.
 */
export function parseJson(text: string): JsonValue {
  const value: JsonValue = JSON.parse(text);
  if (!DELICATE_NUMBER.test(text)) return value;
  try {
    return parse(text, null, { parseNumber: jsonNumber, onDuplicateKey: ({ newValue }) => newValue }) as JsonValue;
  } catch (error) {
    // Nested too deeply for a parser that recurses. No template is rendered with that.
    if (error instanceof RangeError) return value;
    throw error;
  }
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
