/** An encoding of bytes as text in which each digit represents a fixed number of bits. */
export interface BitEncoding {
  readonly bitsPerDigit: number;
  /** Value of each ASCII digit; negative for other characters. */
  readonly values: Int8Array;
  /** Maximum number of bits of the first byte before the first complete digit. */
  readonly leadBits: readonly number[];
  /** Number of complete digits by which bytes are looked up; the first four bytes have this many at any offset. */
  readonly gramDigits: number;
}

export const NO_DIGIT = -1;
/** Characters that can separate two digits. */
const SEPARATOR = -2;

const BASE64_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Base64 in both alphabets, also wrapped into lines. */
export const BASE64: BitEncoding = {
  bitsPerDigit: 6,
  values: valuesOf([`${BASE64_LETTERS}+/`, `${BASE64_LETTERS}-_`], '\r\n'),
  leadBits: [0, 2, 4],
  gramDigits: 4,
};

/** Hexadecimal digits of either case, also with a separator between bytes. */
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
