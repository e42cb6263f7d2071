import { decodeEscapes } from './decode-escapes.js';
import { decodeReferences } from './decode-references.js';
import { BACKSLASH, QUOTE, REFERENCE } from './unit-kinds.js';
import { UnitText } from './unit-text.js';

/** Maximum nesting that is decoded. Example: JSON in a URL in JSON. */
const MOST_PASSES = 3;

/** Undoes escapes, quoting, percent-encoding and HTML references, in any order and nesting. Linear in the text. */
export class Unescaper {
  readonly #one = new UnitText();
  readonly #other = new UnitText();

  /** @returns the decoded text, valid until the next call; null if nothing is escaped. */
  unescape(source: UnitText): UnitText | null {
    let text = source;
    let escapes = REFERENCE | QUOTE | BACKSLASH;
    for (let pass = 0; pass < MOST_PASSES && (text.kinds & escapes) !== 0; pass += 1) {
      const before = text;
      if ((text.kinds & REFERENCE) !== 0) text = this.#decoded(text, decodeReferences);
      if ((text.kinds & (QUOTE | BACKSLASH)) !== 0) text = this.#decoded(text, decodeEscapes);
      if (text === before) break;
      // The first pass decodes quotes.
      escapes = REFERENCE | BACKSLASH;
    }
    if (text === source) return null;
    text.before = source.before;
    text.after = source.after;
    return text;
  }

  #decoded(text: UnitText, decode: (source: UnitText, target: UnitText) => boolean): UnitText {
    const target = text === this.#one ? this.#other : this.#one;
    return decode(text, target) ? target : text;
  }
}

/** Returns a text with all escapes decoded; the same text if there are none. */
export function unescaped(text: string): string {
  if (!/[%&\\"'`\r]/.test(text)) return text;
  const source = new UnitText();
  source.load(text, 0, text.length);
  const decoded = new Unescaper().unescape(source);
  return decoded === null ? text : decoded.slice(0, decoded.length);
}
