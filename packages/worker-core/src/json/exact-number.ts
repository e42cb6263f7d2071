/** Marks the class by symbol, because a plugin can bring a second copy of this package. */
const BRAND: unique symbol = Symbol.for('worker-host.exact-number');

/**
 * A JSON number that a JavaScript number cannot represent as written: `2.0`, `1e3` (which would become 2 and 1000), integers
 * beyond 2^53. It converts to its value (`Number(number)`, `JSON.stringify`); {@link text} is the original.
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

/** Returns whether a value is an {@link ExactNumber}, of any copy of this package. */
export function isExactNumber(value: unknown): value is ExactNumber {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, BRAND);
}

/** Returns the JSON number of this text: a JavaScript number if that keeps the meaning, otherwise an {@link ExactNumber}. */
export function jsonNumber(text: string): number | ExactNumber {
  const value = Number(text);
  const isWritten = /^-?\d+$/.test(text);
  const isKept = isWritten ? Number.isSafeInteger(value) : Number.isFinite(value) && !Number.isInteger(value);
  if (!isKept) return new ExactNumber(text);
  return value === 0 ? 0 : value;
}
