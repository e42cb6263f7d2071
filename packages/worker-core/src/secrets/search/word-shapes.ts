import { isDigit, isLetter } from '../text/digits.js';
import type { UnitText } from '../text/unit-text.js';

/** Patterns of this length or more are redacted also within a longer word. */
export const LONGEST_LONE_WORD = 11;

const SHORTEST_WITHIN_WORDS = 6;
const LONGEST_LONE_NUMBER = 7;
const LONGEST_LONE_BEGINNING = 7;
const FEWEST_OF_KIND = 2;
const UNDERSCORE = 0x5f;
const FIRST_FOREIGN = 0x80;
/** Letters of scripts that separate words by spaces: those with upper and lower case. */
const FOREIGN_WORD = /[\p{Ll}\p{Lu}\p{Nd}]/u;

/** Returns whether a unit belongs to a word: a letter, a digit or an underscore. */
function isWordUnit(unit: number): boolean {
  if (unit < FIRST_FOREIGN) return isLetter(unit) || isDigit(unit) || unit === UNDERSCORE;
  return FOREIGN_WORD.test(String.fromCharCode(unit));
}

/**
 * Returns whether a match may be redacted at its position. Short matches, plain words and numbers occur within longer
 * words by chance, so they count only as whole words.
 */
export function standsFree(text: UnitText, from: number, to: number): boolean {
  return (
    !isLoneWord(text, from, to) ||
    (beginsFree(text, from) && (!isWordUnit(text.at(to - 1)) || !isWordUnit(text.beside(to))))
  );
}

/** Does the same for a match whose end is truncated, which was therefore longer. */
export function beginningStandsFree(text: UnitText, from: number, to: number): boolean {
  return to - from > LONGEST_LONE_BEGINNING || !isLoneWord(text, from, to) || beginsFree(text, from);
}

function beginsFree(text: UnitText, from: number): boolean {
  return !isWordUnit(text.at(from)) || !isWordUnit(text.beside(from - 1));
}

function isLoneWord(text: UnitText, from: number, to: number): boolean {
  const length = to - from;
  if (length < SHORTEST_WITHIN_WORDS) return true;
  if (length > LONGEST_LONE_WORD) return false;
  let digits = 0;
  let lower = 0;
  let upper = 0;
  for (let at = from; at < to; at += 1) {
    const unit = text.at(at);
    if (isDigit(unit)) digits += 1;
    else if (isLetter(unit)) {
      if (unit >= 0x61) lower += 1;
      else upper += 1;
    } else if (unit >= FIRST_FOREIGN && isWordUnit(unit)) lower += 1;
  }
  if (digits === length) return length <= LONGEST_LONE_NUMBER;
  const isCapitalized = upper === 1 && isLetter(text.at(from)) && text.at(from) < 0x61;
  return lower === length || upper === length || (isCapitalized && lower === length - 1);
}

/**
 * Returns whether a text has the form of keys and tokens (letters and digits), whose beginning does not occur by
 * chance.
 */
export class TokenShape {
  #letters = 0;
  #digits = 0;

  add(unit: number): void {
    if (isLetter(unit)) this.#letters += 1;
    else if (isDigit(unit)) this.#digits += 1;
  }

  get isToken(): boolean {
    return this.#letters >= FEWEST_OF_KIND && this.#digits >= FEWEST_OF_KIND;
  }
}
