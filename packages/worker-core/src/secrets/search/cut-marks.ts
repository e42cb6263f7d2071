import { isDigit, isLetter } from '../text/digits.js';
import type { UnitText } from '../text/unit-text.js';

const DOT = 0x2e;
const SPACE = 0x20;
const BACKSLASH = 0x5c;
const ELLIPSES: ReadonlySet<number> = new Set([0x2026, 0x22ef]);
const QUOTES: ReadonlySet<number> = new Set([0x22, 0x27, 0x60]);
const BRACKETS: ReadonlySet<number> = new Set([...'([{<'].map((bracket) => bracket.charCodeAt(0)));
/** Begin an escape, a byte of percent-encoding, an HTML reference. */
const ESCAPE_SIGNS: ReadonlySet<number> = new Set([...'\\%&'].map((sign) => sign.charCodeAt(0)));
/** Stand within one that is not complete. */
const ESCAPE_PARTS: ReadonlySet<number> = new Set([...'#{'].map((part) => part.charCodeAt(0)));
const LONGEST_ESCAPE = 10;
/** The bytes of a character, and what is left of the last. */
const MOST_ESCAPES = 4;
const LONGEST_REMARK = 40;
const CUTTING = new Set(
  'abbreviated clipped cropped cut elided omitted shortened snip snipped trimmed truncated truncation'.split(' '),
);
const COUNTED = new Set('bytes characters chars lines more'.split(' '));

/**
 * Adds the places at which a text was cut short, by what programs write there: `...`, `…`, `[...]`, `(cut)`,
 * `<12 more bytes>`, each also after a space or a closing quote. Where the cut fell into an escape, the place before that is added, too. Linear in the text.
 *
 * @param cuts places in the original text, ascending.
 */
export function findCuts(text: UnitText, cuts: number[]): void {
  const { units, length } = text;
  for (let at = 0; at < length; at += 1) {
    const unit = units[at] ?? 0;
    if (isDot(unit)) {
      const end = endOfDots(text, at);
      if (end > at) addCuts(text, at, cuts);
      at = Math.max(at, end - 1);
    } else if (BRACKETS.has(unit) && isRemarkOfCut(text, at + 1)) addCuts(text, at, cuts);
  }
}

/** Adds the place before a mark, and those before what may stand between it and the text that was cut. */
function addCuts(text: UnitText, at: number, cuts: number[]): void {
  let end = at;
  while (isSpace(text.at(end - 1)) || isDot(text.at(end - 1))) end -= 1;
  if (QUOTES.has(text.at(end - 1))) {
    let quote = end - 1;
    while (text.at(quote - 1) === BACKSLASH) quote -= 1;
    addCutsBefore(text, quote, cuts);
  }
  addCutsBefore(text, end, cuts);
  addCut(text, at, cuts);
}

/** Adds a place and those before the escapes that end there: the last may be incomplete, and with it a character. */
function addCutsBefore(text: UnitText, end: number, cuts: number[]): void {
  const places = [end];
  for (let at = end; places.length <= MOST_ESCAPES; ) {
    const start = startOfEscape(text, at);
    if (start === at) break;
    places.push(start);
    at = start;
  }
  for (const place of places.reverse()) addCut(text, place, cuts);
}

function addCut(text: UnitText, at: number, cuts: number[]): void {
  if (at <= 0) return;
  const place = text.endAt(at - 1);
  if (place > (cuts.at(-1) ?? 0)) cuts.push(place);
}

/** Where two dots or more, or an ellipsis, are over; the start itself when there are none. */
function endOfDots(text: UnitText, from: number): number {
  let end = from;
  let isMark = false;
  for (let unit = text.at(end); isDot(unit); unit = text.at(end)) {
    end += 1;
    isMark ||= unit !== DOT || end - from > 1;
  }
  return isMark ? end : from;
}

/** Whether a bracket holds a word for cutting, a count of what is left out, or dots. */
function isRemarkOfCut(text: UnitText, from: number): boolean {
  let word = '';
  let isCounted = false;
  for (let at = from; at <= from + LONGEST_REMARK; at += 1) {
    const unit = text.at(at);
    if (isLetter(unit)) {
      word += String.fromCharCode(unit);
      continue;
    }
    if (CUTTING.has(word.toLowerCase()) || (isCounted && COUNTED.has(word.toLowerCase()))) return true;
    word = '';
    if (isDigit(unit)) isCounted = true;
    else if (isDot(unit)) return at === from && endOfDots(text, at) > at;
    else if (unit < 0 || (!isSpace(unit) && unit !== 0x2b && unit !== 0x2d && unit !== 0x2c)) return false;
  }
  return false;
}

/** Where an escape begins that is not complete before the place; the place itself when there is none. */
function startOfEscape(text: UnitText, place: number): number {
  for (let at = place - 1; at >= place - LONGEST_ESCAPE; at -= 1) {
    const unit = text.at(at);
    if (ESCAPE_SIGNS.has(unit)) return at;
    if (!isLetter(unit) && !isDigit(unit) && !ESCAPE_PARTS.has(unit)) return place;
  }
  return place;
}

function isDot(unit: number): boolean {
  return unit === DOT || ELLIPSES.has(unit);
}

function isSpace(unit: number): boolean {
  return unit === SPACE || unit === 0x09 || unit === 0x0a || unit === 0x0d;
}
