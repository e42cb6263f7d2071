import { hexDigit } from './digits.js';
import type { UnitText } from './unit-text.js';
import { pushCodePoint, Utf8Writer } from './utf8-writer.js';

const BACKSLASH = 0x5c;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const BACKTICK = 0x60;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SMALL_X = 0x78;
const SMALL_U = 0x75;
const CAPITAL_U = 0x55;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const LAST_CODE_POINT = 0x10ffff;

/** Letters after a backslash, and the control characters that they represent. */
const CONTROLS: ReadonlyMap<number, number> = new Map(
  Object.entries({ a: 0x07, b: 0x08, t: 0x09, n: 0x0a, v: 0x0b, f: 0x0c, r: 0x0d, e: 0x1b }).map(([letter, code]) => [
    letter.charCodeAt(0),
    code,
  ]),
);

/**
 * Undoes backslash escapes and quoting at any depth and by any rules: JSON in JSON, Python, shells, SQL, CSV.
 *
 * Any number of backslashes counts as one escape, and a run of quotes and backslashes counts as one quote. Escaped and
 * plain forms of a text differ only in such runs, so both decode to the same text. Plain texts are therefore decoded as
 * well before the search.
 *
 * @returns whether anything was decoded.
 */
export function decodeEscapes(source: UnitText, target: UnitText): boolean {
  return new EscapeDecoder(source, target).decode();
}

class EscapeDecoder {
  readonly #bytes: Utf8Writer;
  #isChanged = false;

  constructor(
    private readonly source: UnitText,
    private readonly target: UnitText,
  ) {
    target.clear();
    this.#bytes = new Utf8Writer(target);
  }

  decode(): boolean {
    const { source } = this;
    const { units, length } = source;
    for (let at = 0; at < length; ) {
      const unit = units[at] ?? 0;
      at = unit === BACKSLASH || isQuote(unit) ? this.#run(at) : this.#push(unit, at, at + 1);
    }
    this.#bytes.flush();
    return this.#isChanged;
  }

  /** Reads quotes and backslashes in a row; returns the end of the run, including an escape at its end. */
  #run(from: number): number {
    const { source } = this;
    let end = from;
    let afterQuotes = from;
    for (let unit = source.at(end); unit === BACKSLASH || isQuote(unit); unit = source.at(end)) {
      end += 1;
      if (unit !== BACKSLASH) afterQuotes = end;
    }
    if (afterQuotes > from) {
      this.#isChanged ||= afterQuotes > from + 1 || source.at(from) !== DOUBLE_QUOTE;
      this.#push(DOUBLE_QUOTE, from, afterQuotes);
    }
    return afterQuotes === end ? end : this.#escape(afterQuotes, end);
  }

  /** Decodes one escape: its backslashes begin at the first index, its letter is at the second. */
  #escape(from: number, at: number): number {
    const unit = this.source.at(at);
    const after = this.#numbered(unit, from, at + 1);
    if (after === null && isNumbered(unit)) {
      // An incomplete number: the backslash marks the beginning of the escape.
      this.#isChanged ||= at > from + 1;
      return this.#push(BACKSLASH, from, at);
    }
    this.#isChanged = true;
    if (after !== null || unit < 0) return after ?? at;
    return this.#push(CONTROLS.get(unit) ?? unit, from, at + 1);
  }

  /** Decodes a numeric escape: `\xXX` and `\OOO` are bytes, `\uXXXX`, `\u{…}` and `\UXXXXXXXX` are code points. */
  #numbered(letter: number, from: number, digits: number): number | null {
    const { source } = this;
    if (letter >= 0x30 && letter <= 0x37) {
      const { value, end } = this.#number(digits - 1, 3, 8);
      return value > 0xff ? null : this.#byte(value, from, end);
    }
    if (letter === SMALL_X) {
      const { value, end } = this.#number(digits, 2, 16);
      return end === digits + 2 ? this.#byte(value, from, end) : null;
    }
    if (!isNumbered(letter)) return null;
    const isBraced = source.at(digits) === OPENING_BRACE;
    const wanted = letter === SMALL_U ? 4 : 8;
    const { value, end } = this.#number(isBraced ? digits + 1 : digits, isBraced ? 6 : wanted, 16);
    const isWhole = isBraced ? source.at(end) === CLOSING_BRACE && end > digits + 1 : end === digits + wanted;
    if (!isWhole || value > LAST_CODE_POINT) return null;
    const after = isBraced ? end + 1 : end;
    this.#bytes.flush();
    if (value <= 0xffff) return this.#push(isQuote(value) ? DOUBLE_QUOTE : value, from, after);
    pushCodePoint(this.target, value, source.startAt(from), source.endAt(after - 1));
    return after;
  }

  #number(from: number, longest: number, base: number): { readonly value: number; readonly end: number } {
    let value = 0;
    let end = from;
    for (; end < from + longest; end += 1) {
      const digit = hexDigit(this.source.at(end));
      if (digit < 0 || digit >= base) break;
      value = value * base + digit;
    }
    return { value, end };
  }

  #byte(byte: number, from: number, to: number): number {
    if (isQuote(byte)) return this.#push(DOUBLE_QUOTE, from, to);
    if (byte === LINE_FEED) return this.#push(byte, from, to);
    this.#bytes.write(byte, this.source.startAt(from), this.source.endAt(to - 1));
    return to;
  }

  /** Writes a unit. Quotes in a row become one, as do CR and LF. */
  #push(unit: number, from: number, to: number): number {
    const { source, target } = this;
    if (this.#bytes.isPending) this.#bytes.flush();
    const last = target.at(target.length - 1);
    if ((unit === LINE_FEED && last === CARRIAGE_RETURN) || (unit === DOUBLE_QUOTE && last === DOUBLE_QUOTE)) {
      this.#isChanged = true;
      target.replaceLast(unit, source.endAt(to - 1));
    } else target.push(unit, source.startAt(from), source.endAt(to - 1));
    return to;
  }
}

/** Returns whether a letter after a backslash begins a numeric escape. */
function isNumbered(letter: number): boolean {
  return letter === SMALL_X || letter === SMALL_U || letter === CAPITAL_U;
}

function isQuote(unit: number): boolean {
  return unit === DOUBLE_QUOTE || unit === SINGLE_QUOTE || unit === BACKTICK;
}
