/** By symbol, not by class: a plugin may come with a copy of this package of its own. */
const BRAND: unique symbol = Symbol.for('worker-host.exact-number');

/**
 * A JSON number whose text a JavaScript number would change: `2.0` and `1e3` (2 and 1000 there), whole numbers beyond
 * 2^53. It counts as its value (`Number(number)`, `JSON.stringify`); {@link text} is what was written.
 */
export class ExactNumber extends Number {
  readonly [BRAND] = true;

  constructor(readonly text: string) {
    super(text);
  }

  override toString(): string {
    return this.text;
  }
}

/** Whether a value is an {@link ExactNumber}, of whichever copy of this package. */
export function isExactNumber(value: unknown): value is ExactNumber {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, BRAND);
}

/** The JSON number of this text: a JavaScript number where that keeps the text's meaning, else an {@link ExactNumber}. */
export function jsonNumber(text: string): number | ExactNumber {
  const value = Number(text);
  const isWritten = /^-?\d+$/.test(text);
  const isKept = isWritten ? Number.isSafeInteger(value) : Number.isFinite(value) && !Number.isInteger(value);
  if (!isKept) return new ExactNumber(text);
  return value === 0 ? 0 : value;
}
