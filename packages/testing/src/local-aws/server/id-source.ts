import { randomBytes } from 'node:crypto';

const WORD_DIGITS = 8;
const WORD = 2 ** 32;

/** Creates ids: random ones, or reproducible ones from a source of random numbers. */
export class IdSource {
  readonly #random: (() => number) | null;

  /** @param random numbers in [0, 1); null: system randomness. */
  constructor(random: (() => number) | null) {
    this.#random = random;
  }

  /** Returns lower-case hexadecimal digits. */
  hex(digits: number): string {
    const random = this.#random;
    if (random === null)
      return randomBytes(Math.ceil(digits / 2))
        .toString('hex')
        .slice(0, digits);
    let text = '';
    while (text.length < digits) {
      text += Math.floor(random() * WORD)
        .toString(16)
        .padStart(WORD_DIGITS, '0');
    }
    return text.slice(0, digits);
  }

  /** Returns a UUID of version 4. */
  uuid(): string {
    const digits = this.hex(32);
    const variant = ((Number.parseInt(digits.charAt(16), 16) & 0x3) | 0x8).toString(16);
    return [
      digits.slice(0, 8),
      digits.slice(8, 12),
      `4${digits.slice(13, 16)}`,
      `${variant}${digits.slice(17, 20)}`,
      digits.slice(20),
    ].join('-');
  }
}
