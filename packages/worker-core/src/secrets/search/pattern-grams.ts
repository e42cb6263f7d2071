import { BASE64, type BitEncoding, HEX } from '../text/bit-encodings.js';
import type { UnitText } from '../text/unit-text.js';
import { GramTable } from './gram-table.js';
import { GRAM_LENGTH } from './pattern-automaton.js';

/**
 * Determines for each position of a text whether a pattern can begin there, by the first units or encoded bytes of
 * patterns.
 */
export class PatternGrams {
  /** States of the automaton by the units that lead to them. */
  readonly #entries = new GramTable();
  /** Numbers of patterns by the digits of their first bytes. */
  readonly #base64 = new GramTable();
  readonly #hex = new GramTable();

  /** State of the automaton after the first units at the index that {@link next} returned last. */
  entry = 0;

  /** @param entry state of the automaton after the first units. */
  add(pattern: string, entry: number): void {
    this.#entries.set(pairOf(pattern, 0), pairOf(pattern, 2), entry);
    this.#count(pattern, 1);
  }

  /** @param isLast whether no other pattern begins with the same units. */
  remove(pattern: string, isLast: boolean): void {
    if (isLast) this.#entries.set(pairOf(pattern, 0), pairOf(pattern, 2), 0);
    this.#count(pattern, -1);
  }

  /** Returns whether an encoded pattern can begin with these digits. */
  mayBegin(encoding: BitEncoding, gram: number): boolean {
    return (encoding === BASE64 ? this.#base64 : this.#hex).get(gram, 0) !== 0;
  }

  /** Returns the first index, not before the given one, at which a pattern can begin; -1: none. */
  next({ units, length }: UnitText, from: number): number {
    let low = pair(units[from] ?? 0, units[from + 1] ?? 0);
    let middle = units[from + 2] ?? 0;
    for (let at = from + GRAM_LENGTH - 1; at < length; at += 1) {
      const unit = units[at] ?? 0;
      const entry = this.#entries.get(low, pair(middle, unit));
      if (entry !== 0) {
        this.entry = entry;
        return at - GRAM_LENGTH + 1;
      }
      low = pair(low >>> 16, middle);
      middle = unit;
    }
    return -1;
  }

  #count(pattern: string, by: number): void {
    for (const encoding of [BASE64, HEX]) {
      const counts = encoding === BASE64 ? this.#base64 : this.#hex;
      for (const gram of digitGramsOf(pattern, encoding)) counts.set(gram, 0, counts.get(gram, 0) + by);
    }
  }
}

function pairOf(pattern: string, at: number): number {
  return pair(pattern.charCodeAt(at), pattern.charCodeAt(at + 1));
}

function pair(first: number, second: number): number {
  return first | (second << 16);
}

/** Returns the digits, as one number, that are certain for the first bytes of a pattern; one for each bit offset. */
function digitGramsOf(pattern: string, { bitsPerDigit, leadBits, gramDigits }: BitEncoding): readonly number[] {
  const bytes = Buffer.from(pattern.slice(0, GRAM_LENGTH + 1)).readInt32BE();
  return leadBits.map((bits) => ((bytes << bits) >>> (32 - gramDigits * bitsPerDigit)) | 0);
}
