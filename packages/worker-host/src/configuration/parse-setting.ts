import type { SettingKind } from './setting-definitions.js';

/** A parsed value, or what was expected instead. */
export type ParsedSetting = { readonly value: unknown } | { readonly expected: string };

const TRUE_WORDS = ['1', 'true', 'yes', 'on'];
const FALSE_WORDS = ['0', 'false', 'no', 'off', ''];

/** Parses a setting from text: a flag's value or an environment variable. Lists are separated by commas. */
export function parseSettingText(kind: SettingKind, text: string, minimum?: number): ParsedSetting {
  if (kind === 'string') return { value: text };
  if (kind === 'list')
    return {
      value: text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    };
  if (kind === 'boolean') {
    const word = text.trim().toLowerCase();
    if (TRUE_WORDS.includes(word)) return { value: true };
    if (FALSE_WORDS.includes(word)) return { value: false };
    return { expected: expectationOf(kind) };
  }
  if (kind === 'integer' || kind === 'number') {
    const isNumeral = /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(text.trim());
    return checkNumber(kind, isNumeral ? Number(text) : Number.NaN, minimum);
  }
  return kind.enum.includes(text) ? { value: text } : { expected: expectationOf(kind) };
}

/** Parses a setting from a value of the configuration file. A list can be a single string. */
export function parseSettingValue(kind: SettingKind, value: unknown, minimum?: number): ParsedSetting {
  if (kind === 'list') {
    if (typeof value === 'string') return { value: [value] };
    const isList = Array.isArray(value) && value.every((item) => typeof item === 'string');
    return isList ? { value } : { expected: expectationOf(kind) };
  }
  if (kind === 'boolean') return typeof value === 'boolean' ? { value } : { expected: expectationOf(kind) };
  if (kind === 'integer' || kind === 'number')
    return checkNumber(kind, typeof value === 'number' ? value : Number.NaN, minimum);
  if (typeof value !== 'string') return { expected: expectationOf(kind) };
  return parseSettingText(kind, value);
}

/** Describes values of this kind, for messages. */
export function expectationOf(kind: SettingKind, minimum?: number): string {
  const bound = minimum === undefined ? '' : ` of at least ${minimum}`;
  if (kind === 'string') return 'a text';
  if (kind === 'list') return 'a list of texts';
  if (kind === 'boolean') return 'true or false';
  if (kind === 'integer') return `a whole number${bound}`;
  if (kind === 'number') return `a number${bound}`;
  return `one of ${kind.enum.join(', ')}`;
}

function checkNumber(kind: 'integer' | 'number', value: number, minimum: number | undefined): ParsedSetting {
  const isGood =
    Number.isFinite(value) && (kind === 'number' || Number.isInteger(value)) && value >= (minimum ?? value);
  return isGood ? { value } : { expected: expectationOf(kind, minimum) };
}
