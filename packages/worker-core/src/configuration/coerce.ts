import { isExactNumber } from '../json/exact-number.js';
import type { JsonValue } from '../json/json.js';
import type { FieldType } from './field-type.js';

const TRUE_WORDS = new Set(['true', 'yes', 'on', '1', 't', 'y']);
const FALSE_WORDS = new Set(['false', 'no', 'off', '0', 'f', 'n']);

/**
 * Converts unambiguous input to the required type (`"512"`, `512.0`, `"yes"`). Leaves all other values for validation.
 */
export function coerceToType(type: FieldType, written: JsonValue): JsonValue {
  const value = isExactNumber(written) && isOfValues(type) ? Number(written) : written;
  switch (type) {
    case 'integer':
    case 'integer?':
      return toInteger(value);
    case 'number':
    case 'number?':
      return toNumber(value);
    case 'boolean':
    case 'boolean?':
    case 'boolean|path':
    case 'boolean|path?':
      return toBoolean(value);
    default:
      return value;
  }
}

/** Returns whether a field accepts any JSON as written, rather than a value of a specific type. */
function isOfValues(type: FieldType): boolean {
  return typeof type === 'string' && /^(?:integer|number|boolean)/.test(type);
}

function toInteger(value: JsonValue): JsonValue {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string') return value;
  const text = withoutSeparators(value);
  return /^[+-]?\d+(?:\.0+)?$/.test(text) ? Number(text) : value;
}

function toNumber(value: JsonValue): JsonValue {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string') return value;
  const text = withoutSeparators(value);
  return /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : value;
}

/** `1_000` is 1000. An underscore is a separator only between two digits. */
function withoutSeparators(text: string): string {
  return text.trim().replace(/(?<=\d)_(?=\d)/g, '');
}

function toBoolean(value: JsonValue): JsonValue {
  if (value === 1) return true;
  if (value === 0) return false;
  if (typeof value !== 'string') return value;
  const word = value.toLowerCase();
  if (TRUE_WORDS.has(word)) return true;
  return FALSE_WORDS.has(word) ? false : value;
}
