import { isDigit, isLetter } from '../text/digits.js';
import { CUT_MARK, kindOf } from '../text/unit-kinds.js';
import type { UnitText } from '../text/unit-text.js';

const DOT = 0x2e;
const SPACE = 0x20;
const BACKSLASH = 0x5c;
const ELLIPSES: ReadonlySet<number> = new Set([0x2026, 0x22ef]);
const QUOTES: ReadonlySet<number> = new Set([0x22, 0x27, 0x60]);
/** Begin a truncation mark if there are two or more. */
const RULES: ReadonlySet<number> = new Set([...'-=*#'].map((rule) => rule.charCodeAt(0)));
/** Occur next to numbers in truncation marks. */
const REMARK_SIGNS: ReadonlySet<number> = new Set([...'+-,'].map((sign) => sign.charCodeAt(0)));
/** Begin an escape, a byte of percent-encoding, an HTML reference. */
const ESCAPE_SIGNS: ReadonlySet<number> = new Set([...'\\%&'].map((sign) => sign.charCodeAt(0)));
/** Occur within an incomplete escape. */
const ESCAPE_PARTS: ReadonlySet<number> = new Set([...'#{'].map((part) => part.charCodeAt(0)));
const LONGEST_ESCAPE = 10;
/** Bytes of an incomplete UTF-8 character. */
const LONGEST_CHARACTER = 3;
/** Complete characters, and the rest of an incomplete one. */
const MOST_ESCAPES = 4;
const LONGEST_REMARK = 40;
const CUTTING = new Set(
  'abbreviated clipped cropped cut elided omitted shortened skipped snip snipped trimmed truncated truncation'.split(
    ' ',
  ),
);
const COUNTED = new Set('bytes characters chars lines more'.split(' '));

/** The positions between the units of a text at which it was truncated. */
export class Cuts {
  #flags = new Uint8Array(0);
  #length = 0;

  /** Returns whether the text may have been truncated anywhere. */
  get areAny(): boolean {
    return this.#length > 0;
  }

  /** Returns whether the text was truncated before the unit at an index. */
  isAt(index: number): boolean {
    return index < this.#length && this.#flags[index] === 1;
  }

  /**
   * Finds truncations by the marks that programs write: `...`, `…`, `[...]`, `(cut)`, `<12 more bytes>`, `-- snip --`, each
   * also after a space or a closing quote. If the truncation is within an escape, the position before the escape also counts.
   * Linear in the text.
   */
  find(text: UnitText): void {
    const mayBeCut = (text.kinds & CUT_MARK) !== 0;
    this.#length = mayBeCut ? text.length + 1 : 0;
    if (!mayBeCut) return;
    if (this.#flags.length < this.#length) this.#flags = new Uint8Array(this.#length * 2);
    this.#flags.fill(0, 0, this.#length);
    this.#findMarks(text);
  }

  #findMarks(text: UnitText): void {
    const { units, length } = text;
    let afterMark = 0;
    for (let at = 0; at < length; at += 1) {
      const unit = units[at] ?? 0;
      if ((kindOf(unit) & CUT_MARK) === 0) continue;
      const end = endOfMark(text, at);
      if (end === at) continue;
      this.#mark(text, at, afterMark);
      afterMark = end;
      at = end - 1;
    }
  }

  /** Records the position before a mark, and those before characters that can separate the mark from the text. */
  #mark(text: UnitText, at: number, afterMark: number): void {
    let end = at;
    while (end > afterMark && (isSpace(text.at(end - 1)) || isDot(text.at(end - 1)))) end -= 1;
    if (QUOTES.has(text.at(end - 1))) {
      let quote = end - 1;
      while (text.at(quote - 1) === BACKSLASH) quote -= 1;
      this.#markBeforeEscapes(text, quote);
    }
    this.#markBeforeEscapes(text, end);
  }

  /** Records a position, and those before the escapes that end there: the last escape, and its character, may be incomplete. */
  #markBeforeEscapes(text: UnitText, end: number): void {
    this.#flags[end] = 1;
    let at = end;
    for (let escapes = 0; escapes < MOST_ESCAPES; escapes += 1) {
      at = startOfEscape(text, at);
      this.#flags[at] = 1;
    }
  }
}

function endOfMark(text: UnitText, from: number): number {
  const unit = text.at(from);
  if (isDot(unit)) return endOfDots(text, from);
  if (!RULES.has(unit)) return endOfRemark(text, from);
  const isRule = text.at(from + 1) === unit && text.at(from - 1) !== unit;
  return isRule ? endOfRemark(text, from) : from;
}

/** Returns the end of two or more dots or of an ellipsis; the start if there are none. */
function endOfDots(text: UnitText, from: number): number {
  let end = from;
  let isMark = false;
  for (let unit = text.at(end); isDot(unit); unit = text.at(end)) {
    end += 1;
    isMark ||= unit !== DOT || end - from > 1;
  }
  return isMark ? end : from;
}

/**
 * Returns the end of a mark after a bracket or a rule: words for truncation, a count of omitted items, or dots. Otherwise the
 * start.
 */
function endOfRemark(text: UnitText, from: number): number {
  let word = '';
  let isCounted = false;
  let begin = from + 1;
  while (begin <= from + LONGEST_REMARK && RULES.has(text.at(begin))) begin += 1;
  for (let at = begin; at <= from + LONGEST_REMARK; at += 1) {
    const unit = text.at(at);
    if (isLetter(unit)) {
      word += String.fromCharCode(unit);
      continue;
    }
    if (CUTTING.has(word.toLowerCase()) || (isCounted && COUNTED.has(word.toLowerCase()))) return at;
    word = '';
    if (isDigit(unit)) isCounted = true;
    else if (isDot(unit)) return at === from + 1 && endOfDots(text, at) > at ? at : from;
    else if (!isSpace(unit) && !REMARK_SIGNS.has(unit)) return from;
  }
  return from;
}

/** Returns the beginning of an escape or character that is incomplete at the position; the position if there is none. */
function startOfEscape(text: UnitText, place: number): number {
  let lead = place - 1;
  while (lead >= place - LONGEST_CHARACTER && isBetween(text.at(lead), 0x80, 0xbf)) lead -= 1;
  if (isBetween(text.at(lead), 0xc2, 0xf4)) return lead;
  for (let at = place - 1; at >= place - LONGEST_ESCAPE; at -= 1) {
    const unit = text.at(at);
    if (ESCAPE_SIGNS.has(unit)) return at;
    if (!isLetter(unit) && !isDigit(unit) && !ESCAPE_PARTS.has(unit)) return place;
  }
  return place;
}

function isBetween(unit: number, first: number, last: number): boolean {
  return unit >= first && unit <= last;
}

function isDot(unit: number): boolean {
  return unit === DOT || ELLIPSES.has(unit);
}

function isSpace(unit: number): boolean {
  return unit === SPACE || unit === 0x09 || unit === 0x0a || unit === 0x0d;
}
