import { type BitEncoding, NO_DIGIT } from '../text/bit-encodings.js';
import { EncodedReader } from '../text/encoded-reader.js';
import type { UnitText } from '../text/unit-text.js';
import type { Cuts } from './cut-marks.js';
import type { MatchFollower } from './match-follower.js';
import type { PatternGrams } from './pattern-grams.js';
import { Spans } from './spans.js';

const BITS_PER_BYTE = 8;
/** Never added to. */
const NONE = new Spans();

/**
 * Finds secrets in runs of digits that encode bytes, at any offset in a run. One pass searches for the digits with
 * which secrets begin; bytes are decoded only there. Linear in the text, because no sequence of bytes is read twice.
 */
export class EncodedSearch {
  readonly #reader: EncodedReader;
  /** For each bit offset at which bytes can begin: the position in the original text up to which they were read. */
  readonly #followedTo = new Int32Array(BITS_PER_BYTE);
  /** Matches for each bit offset with any; new objects for each search, because callers keep them. */
  readonly #found = new Map<number, Spans>();

  constructor(
    private readonly encoding: BitEncoding,
    private readonly grams: PatternGrams,
    private readonly follower: MatchFollower,
  ) {
    this.#reader = new EncodedReader(encoding);
  }

  /** @param cuts positions at which the text was truncated. */
  find(source: UnitText, cuts: Cuts): Spans {
    const { values, bitsPerDigit, gramDigits } = this.encoding;
    const { units, length } = source;
    const { encoding, grams } = this;
    const mask = -1 >>> (32 - gramDigits * bitsPerDigit);
    this.#followedTo.fill(0);
    this.#found.clear();
    let digits = 0;
    let lastDigit = 0;
    let gram = 0;
    for (let at = 0; at < length; at += 1) {
      const unit = units[at] ?? 0;
      const value = unit < 0x80 ? (values[unit] ?? NO_DIGIT) : NO_DIGIT;
      if (value < 0) {
        if (value === NO_DIGIT || lastDigit !== at - 1) digits = 0;
        continue;
      }
      digits += 1;
      lastDigit = at;
      gram = ((gram << bitsPerDigit) | value) & mask;
      if (digits >= gramDigits && grams.mayBegin(encoding, gram)) this.#followGram(source, at, digits, cuts);
    }
    return [...this.#found.values()].reduce((all, each) => all.with(each), NONE);
  }

  /** Follows each sequence of bytes whose first complete digits are those just read. */
  #followGram(source: UnitText, at: number, digits: number, cuts: Cuts): void {
    const { bitsPerDigit, leadBits, gramDigits } = this.encoding;
    for (const lead of leadBits) {
      const bit = (digits - gramDigits) * bitsPerDigit - lead;
      if (bit < 0) continue;
      const phase = bit % BITS_PER_BYTE;
      const first = this.#digitBack(source, at, digits - 1 - Math.floor(bit / bitsPerDigit));
      if (source.startAt(first) < (this.#followedTo[phase] ?? 0)) continue;
      // The preceding byte shows whether a word begins here.
      const context = bit >= BITS_PER_BYTE ? 1 : 0;
      const from = bit - context * BITS_PER_BYTE;
      const place = this.#digitBack(source, at, digits - 1 - Math.floor(from / bitsPerDigit));
      this.#reader.open(source, place, from % bitsPerDigit);
      const found = this.#found.get(phase) ?? new Spans();
      this.#found.set(phase, found);
      this.#followedTo[phase] = this.follower.followEncoded(this.#reader, context, cuts, found);
    }
  }

  /** Returns the index of the digit that is a given number of digits before another digit of the same run. */
  #digitBack(source: UnitText, from: number, digits: number): number {
    let at = from;
    for (let left = digits; left > 0; ) {
      at -= 1;
      if ((this.encoding.values[source.at(at)] ?? NO_DIGIT) >= 0) left -= 1;
    }
    return at;
  }
}
