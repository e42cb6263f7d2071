/** A way of writing bytes as text, in which each digit stands for some bits. */
export interface BitEncoding {
  readonly bitsPerDigit: number;
  /** The value of each digit of ASCII; negative for other characters. */
  readonly values: Int8Array;
  /** How many bits of the first byte may lie before the first whole digit. */
  readonly leadBits: readonly number[];
  /** Whole digits by which bytes are looked up; the first four bytes have so many, wherever they begin. */
  readonly gramDigits: number;
}

export const NO_DIGIT = -1;
/** May stand between two digits. */
const SEPARATOR = -2;

const BASE64_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Base64 of both alphabets, also wrapped into lines. */
export const BASE64: BitEncoding = {
  bitsPerDigit: 6,
  values: valuesOf([`${BASE64_LETTERS}+/`, `${BASE64_LETTERS}-_`], '\r\n'),
  leadBits: [0, 2, 4],
  gramDigits: 4,
};

/** Hexadecimal digits of either case, also with a character between the bytes. */
export const HEX: BitEncoding = {
  bitsPerDigit: 4,
  values: valuesOf(['0123456789abcdef', '0123456789ABCDEF'], ' :-,\n'),
  leadBits: [0],
  gramDigits: 8,
};

function valuesOf(alphabets: readonly string[], separators: string): Int8Array {
  const values = new Int8Array(0x80).fill(NO_DIGIT);
  for (const separator of separators) values[separator.charCodeAt(0)] = SEPARATOR;
  for (const alphabet of alphabets)
    for (const [value, digit] of [...alphabet].entries()) values[digit.charCodeAt(0)] = value;
  return values;
}
