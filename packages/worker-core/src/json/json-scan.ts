import { jsonNumber } from './exact-number.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const BACKSLASH = 0x5c;
const OPENING = new Set(['[', '{'].map((bracket) => bracket.charCodeAt(0)));
const CLOSING = new Set([']', '}'].map((bracket) => bracket.charCodeAt(0)));
const NUMBER = /-?[\d.eE+-]+/y;

/** Maximum nesting of external JSON: more than is ever rendered, and few enough for recursive functions. */
const MOST_LEVELS = 1000;
/** Maximum number of values. A page of 200 runs has about ten thousand; `JSON.parse` takes a second for millions. */
const MOST_VALUES = 200_000;

/**
 * Returns which limit an external JSON text exceeds, such as `has more than 200000 values`. Null: none. Accepts any text;
 * linear time.
 */
export function jsonExcess(text: string): string | null {
  let levels = 0;
  let values = 1;
  for (let at = 0; at < text.length; ) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      at = behindString(text, at);
      continue;
    }
    if (unit === COMMA) values += 1;
    else if (OPENING.has(unit)) {
      levels += 1;
      values += 1;
      if (levels > MOST_LEVELS) return `has more than ${MOST_LEVELS} levels`;
    } else if (CLOSING.has(unit)) levels -= 1;
    if (values > MOST_VALUES) return `has more than ${MOST_VALUES} values`;
    at += 1;
  }
  return null;
}

/**
 * Returns a JSON text in which each number that JavaScript would change is a text with a marker at its beginning. Null: it has
 * no such number.
 *
 * @param json a text that `JSON.parse` accepts
 */
export function markExactNumbers(json: string, marker: string): string | null {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < json.length; ) {
    const unit = json.charCodeAt(at);
    if (unit === QUOTE) at = behindString(json, at);
    else if (unit === MINUS || (unit >= 0x30 && unit <= 0x39)) {
      NUMBER.lastIndex = at;
      const text = NUMBER.exec(json)?.[0] ?? '';
      if (!Object.is(jsonNumber(text), Number(text))) {
        parts.push(json.slice(from, at), `"${marker}${text}"`);
        from = at + text.length;
      }
      at += text.length;
    } else at += 1;
  }
  return parts.length === 0 ? null : `${parts.join('')}${json.slice(from)}`;
}

/** A quote after an odd number of backslashes belongs to the string. An unclosed string extends to the end. */
function behindString(json: string, at: number): number {
  for (let end = json.indexOf('"', at + 1); end >= 0; end = json.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (json.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end + 1;
  }
  return json.length;
}
