import { isJsonObject } from '@worker-host/core';
import { pythonFloat, pythonJson } from './python-text.js';

/** Type of a setting, which determines how it is parsed and formatted. */
export type SettingKind =
  | 'boolean'
  | 'boolean-or-list'
  | 'integer'
  | 'float'
  | 'string'
  | 'secret'
  | 'path'
  | 'home'
  | 'level'
  | 'list'
  | 'floats'
  | 'object'
  | 'duration'
  | 'any';

/** Dotted key → kind, or kind followed by older environment names, newest first. */
export type SettingTable = Readonly<Record<string, SettingKind | readonly [SettingKind, ...string[]]>>;

/** A parsed value, and its text as Prefect formats it in Python for an environment. */
export interface SettingValue {
  readonly value: boolean | number | string | readonly string[] | Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** Thrown only inside this folder; the resolver collects all of them into one error. */
export class SettingProblem extends Error {}

const TRUE_WORDS = new Set(['1', 'on', 't', 'true', 'y', 'yes']);
const FALSE_WORDS = new Set(['0', 'off', 'f', 'false', 'n', 'no']);
const LEVELS = new Set(['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL']);
const ISO_DURATION = /^([-+])?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const SECONDS_PER_DAY = 86_400;

/**
 * Parses the value of an environment variable (always text) or of a TOML file (any TOML type).
 *
 * @throws SettingProblem if the value does not match its kind
 */
export function readSetting(kind: SettingKind, raw: unknown, homeDirectory: string): SettingValue {
  switch (kind) {
    case 'boolean': {
      const value = readBoolean(raw);
      return { value, text: value ? 'True' : 'False' };
    }
    case 'boolean-or-list': {
      if (typeof raw === 'boolean' || (typeof raw === 'string' && isBooleanWord(raw))) {
        return readSetting('boolean', raw, homeDirectory);
      }
      return readSetting('list', raw, homeDirectory);
    }
    case 'integer': {
      const value = readNumber(raw);
      if (!Number.isInteger(value)) throw new SettingProblem('expected a whole number');
      return { value, text: String(value) };
    }
    case 'float': {
      const value = readNumber(raw);
      return { value, text: pythonFloat(value) };
    }
    case 'level': {
      const value = readText(raw).toUpperCase();
      if (!LEVELS.has(value)) throw new SettingProblem(`expected one of ${[...LEVELS].join(', ')}`);
      return { value, text: value };
    }
    case 'home': {
      const value = plainPath(readText(raw).replace(/^~(?=\/|$)/, homeDirectory));
      return { value, text: value };
    }
    case 'path': {
      const value = plainPath(readText(raw));
      return { value, text: value };
    }
    case 'list': {
      const value = [...new Set(readList(raw))].sort();
      return { value, text: value.join(',') };
    }
    case 'floats': {
      const value = readList(raw).map((part) => pythonFloat(readNumber(part)));
      return { value, text: [...value].sort().join(',') };
    }
    case 'object': {
      const value = readObject(raw);
      return { value, text: pythonJson(value) };
    }
    case 'duration': {
      const text = readDuration(raw);
      return { value: text, text };
    }
    case 'string':
    case 'secret': {
      const value = readText(raw);
      return { value, text: value };
    }
    case 'any': {
      if (typeof raw === 'boolean') return { value: raw, text: raw ? 'True' : 'False' };
      if (Array.isArray(raw)) return readSetting('list', raw, homeDirectory);
      if (isJsonObject(raw)) return readSetting('object', raw, homeDirectory);
      return { value: String(raw), text: String(raw) };
    }
  }
}

function isBooleanWord(text: string): boolean {
  return TRUE_WORDS.has(text.toLowerCase()) || FALSE_WORDS.has(text.toLowerCase());
}

function readBoolean(raw: unknown): boolean {
  const word = typeof raw === 'string' ? raw.toLowerCase() : String(raw);
  if (TRUE_WORDS.has(word)) return true;
  if (FALSE_WORDS.has(word)) return false;
  throw new SettingProblem('expected true or false');
}

function readNumber(raw: unknown): number {
  const text = typeof raw === 'string' ? raw.trim().replace(/(?<=\d)_(?=\d)/g, '') : raw;
  const value = typeof text === 'string' && text !== '' ? Number(text) : text;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new SettingProblem('expected a number');
  return value;
}

function readText(raw: unknown): string {
  if (typeof raw === 'string') return raw;
  throw new SettingProblem('expected text');
}

function plainPath(text: string): string {
  const plain = text.replace(/\/+/g, '/').replace(/(?<=\/)(\.\/)+/g, '');
  return plain.length > 1 ? plain.replace(/\/$/, '') : plain || '.';
}

function readList(raw: unknown): readonly string[] {
  if (Array.isArray(raw)) return raw.map(String);
  if (typeof raw === 'number') return [String(raw)];
  return readText(raw)
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function readObject(raw: unknown): Readonly<Record<string, unknown>> {
  let value = raw;
  if (typeof raw === 'string') {
    try {
      value = raw === '' ? {} : JSON.parse(raw);
    } catch {
      throw new SettingProblem('expected a JSON object');
    }
  }
  if (!isJsonObject(value)) throw new SettingProblem('expected a JSON object');
  return value;
}

function readDuration(raw: unknown): string {
  const iso = typeof raw === 'string' ? ISO_DURATION.exec(raw) : null;
  const [, minus, isoDays = 0, isoHours = 0, isoMinutes = 0, isoSeconds = 0] = iso ?? [];
  let rest = iso
    ? Number(`${minus ?? ''}1`) *
      (Number(isoDays) * SECONDS_PER_DAY + Number(isoHours) * 3600 + Number(isoMinutes) * 60 + Number(isoSeconds))
    : readNumber(raw);
  const sign = rest < 0 ? '-' : '';
  rest = Math.abs(rest);
  const days = Math.floor(rest / SECONDS_PER_DAY);
  rest -= days * SECONDS_PER_DAY;
  const hours = Math.floor(rest / 3600);
  const minutes = Math.floor((rest - hours * 3600) / 60);
  const seconds = Number((rest - hours * 3600 - minutes * 60).toFixed(6));
  const time = [hours ? `${hours}H` : '', minutes ? `${minutes}M` : '', seconds ? `${seconds}S` : ''].join('');
  if (days === 0 && time === '') return 'PT0S';
  return `${sign}P${days ? `${days}D` : ''}${time ? `T${time}` : ''}`;
}
