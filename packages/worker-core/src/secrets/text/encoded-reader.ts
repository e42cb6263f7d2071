import { type BitEncoding, NO_DIGIT } from './bit-encodings.js';
import { UnitText } from './unit-text.js';
import { Utf8Writer } from './utf8-writer.js';

const PORTION = 8;

/** Decodes a run of digits from any bit offset, on demand. */
export class EncodedReader {
  /** What was decoded so far. */
  readonly text = new UnitText();
  readonly #bytes = new Utf8Writer(this.text);
  #source: UnitText = this.text;
  #next = 0;
  #previous = 0;
  #value = 0;
  #bits = 0;

  constructor(private readonly encoding: BitEncoding) {}

  /** Starts at a bit of a digit, counted from its highest. */
  open(source: UnitText, digit: number, bit: number): void {
    const { values, bitsPerDigit } = this.encoding;
    this.#source = source;
    this.#bits = bitsPerDigit - bit;
    this.#value = (values[source.at(digit)] ?? 0) & ((1 << this.#bits) - 1);
    this.#previous = digit;
    this.#next = digit + 1;
    this.#bytes.drop();
    this.text.clear();
  }

  /** Decodes another portion. @returns whether there was any. */
  more(): boolean {
    const { values, bitsPerDigit } = this.encoding;
    const source = this.#source;
    const before = this.text.length;
    for (; this.text.length < before + PORTION; this.#next += 1) {
      const digit = values[source.at(this.#next)] ?? NO_DIGIT;
      if (digit === NO_DIGIT) break;
      if (digit < 0) continue;
      this.#value = (this.#value << bitsPerDigit) | digit;
      this.#bits += bitsPerDigit;
      if (this.#bits >= 8) {
        this.#bits -= 8;
        this.#bytes.write(this.#value >> this.#bits, source.startAt(this.#previous), source.endAt(this.#next));
        this.#value &= (1 << this.#bits) - 1;
      }
      this.#previous = this.#next;
    }
    return this.text.length > before;
  }

  /** Returns the index in the source at which the run ends, when all is decoded. */
  get end(): number {
    return this.#previous + 1;
  }

  /** Returns the same as a position in the original text. */
  get endInOriginal(): number {
    return this.#source.endAt(this.#previous);
  }
}
