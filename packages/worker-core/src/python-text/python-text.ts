import { isExactNumber } from '../json/exact-number.js';
import { isJsonObject, type JsonValue } from '../json/json.js';

/** Returns a JSON value as Python's `str` prints it: a text unchanged, other values as {@link pythonRepr}. */
export function pythonStr(value: JsonValue): string {
  return typeof value === 'string' ? value : pythonRepr(value);
}

/** Returns a JSON value as Python's `repr` prints it: `True`, `None`, `1.5`, `{'a': 1}`. */
export function pythonRepr(value: JsonValue): string {
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'number') return reprOfNumber(value);
  if (isExactNumber(value)) return reprOfExactNumber(value.text);
  if (typeof value === 'string') return reprOfText(value);
  if (isJsonObject(value)) {
    const entries = Object.entries(value).map(([key, member]) => `${reprOfText(key)}: ${pythonRepr(member)}`);
    return `{${entries.join(', ')}}`;
  }
  return `[${value.map(pythonRepr).join(', ')}]`;
}

function reprOfNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? '-0.0' : String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e16) return String(value);
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 16) return plainDecimal(mantissa, exponent);
  const sign = exponent < 0 ? '-' : '+';
  return `${mantissa}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** Python distinguishes integers from floats by their text; an integer of any length keeps its digits. */
function reprOfExactNumber(text: string): string {
  if (/^-?\d+$/.test(text)) return text.replace(/^-0$/, '0');
  const value = Number(text);
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? reprOfWholeFloat(value) : reprOfNumber(value);
}

function reprOfWholeFloat(value: number): string {
  return `${Object.is(value, -0) ? '-0' : value}.0`;
}

function plainDecimal(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}

const NAMED_ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
/**
 * Characters that are escaped: quotes, backslash, and those that Python does not consider printable. A space is
 * printable.
 */
const ESCAPED = /['"\\]|(?! )[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}]/gu;

/** Characters without escape: printable ASCII except quotes and backslash. */
const PLAIN = /^[ !#-&(-[\]-~]*$/;

function reprOfText(text: string): string {
  if (PLAIN.test(text)) return `'${text}'`;
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replace(ESCAPED, (character) => {
    if (character === quote) return `\\${quote}`;
    if (character === '"' || character === "'") return character;
    return NAMED_ESCAPES[character] ?? escapeCodePoint(character.codePointAt(0) ?? 0);
  });
  return `${quote}${body}${quote}`;
}

function escapeCodePoint(codePoint: number): string {
  const hex = codePoint.toString(16);
  if (codePoint <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  if (codePoint <= 0xffff) return `\\u${hex.padStart(4, '0')}`;
  return `\\U${hex.padStart(8, '0')}`;
}
