import { isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';
import { fieldsText } from './log-text.js';
import { safeText } from './safe-text.js';
import type { TimeFormat } from './time-format.js';

const RESET = '\u001b[0m';
const COLORS: Readonly<Record<string, string>> = {
  debug: '\u001b[2m',
  info: '\u001b[36m',
  warn: '\u001b[33m',
  error: '\u001b[31m',
};
const OWN_KEYS = ['time', 'level', 'message'];

/** Formats a JSON log line for people as one line: `2026-05-01 12:04:05.123 INFO  message  key=value`. */
export function textLine(json: string, colors: boolean, times: TimeFormat): string {
  const record = parsed(json);
  if (record === null) return json;
  const level = String(record.level ?? 'info');
  const time = times.millisecond(Date.parse(String(record.time)));
  const label = level.toUpperCase().padEnd(5);
  const shown = colors ? `${COLORS[level] ?? ''}${label}${RESET}` : label;
  const rest = Object.entries(record).filter(([key]) => !OWN_KEYS.includes(key));
  const message = String(record.message ?? '');
  const extra = fieldsText(Object.fromEntries(rest.map(([key, value]) => [key, shownValue(key, value)])), message);
  return `${time} ${shown} ${safeText(message)}${extra === '' ? '' : `  ${safeText(extra)}`}\n`;
}

/** People see the message of an error; the stack is only in JSON. */
function shownValue(key: string, value: JsonValue): unknown {
  return key === 'error' && isJsonObject(value) ? value.message : value;
}

function parsed(json: string): JsonObject | null {
  try {
    const value = JSON.parse(json) as JsonValue;
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}
