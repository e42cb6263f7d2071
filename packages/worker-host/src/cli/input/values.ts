import { type JsonValue, type MutableJsonObject, parseJson } from '@worker-host/core';
import { UsageError } from '../cli-errors.js';

const RELATIVE_TIME = /^\+?(\d+(?:\.\d+)?)(s|m|h|d)$/;
const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const RFC_3339 = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/i;

/** Parses `key=value` pairs; a value that is JSON is parsed as JSON, any other is text. A later pair wins. */
export function parseAssignments(option: string, pairs: readonly string[]): MutableJsonObject {
  const values = new Map<string, JsonValue>();
  for (const pair of pairs) {
    const split = pair.indexOf('=');
    if (split <= 0) throw new UsageError(`${option} expects name=value, found ${JSON.stringify(pair)}.`);
    values.set(pair.slice(0, split), parseJsonOrText(pair.slice(split + 1)));
  }
  return Object.fromEntries(values);
}

/** Parses JSON; returns the text itself if it is not JSON. */
export function parseJsonOrText(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

/**
 * Parses a time: RFC 3339 with a zone, or an offset from now such as `10m`, `+90s`, `2h`, `1d`. Milliseconds since the epoch.
 */
export function parseMoment(option: string, text: string, nowMs: number): number {
  const distanceSeconds = secondsOf(text);
  if (distanceSeconds !== undefined) return nowMs + distanceSeconds * 1000;
  const atMs = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(atMs)) return atMs;
  throw new UsageError(
    `${option} expects a time such as 2026-05-01T12:00:00Z or a duration such as 10m, found ${JSON.stringify(text)}.`,
  );
}

/**
 * Parses a time in the past: RFC 3339 with a zone, or an offset before now such as `10m`, `2h`, `1d`. Milliseconds since the
 * epoch.
 */
export function parsePast(option: string, text: string, nowMs: number): number {
  const distanceSeconds = secondsOf(text);
  return distanceSeconds === undefined ? parseMoment(option, text, nowMs) : nowMs - distanceSeconds * 1000;
}

/** Parses a duration such as `90s`, `10m`, `2h`, `1d`, or a plain number of seconds. Unit of the result: seconds. */
export function parseDurationSeconds(option: string, text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : secondsOf(text);
  if (seconds !== undefined && seconds > 0) return seconds;
  throw new UsageError(`${option} expects a duration such as 90s, 10m, 2h or 1d, found ${JSON.stringify(text)}.`);
}

/** Parses an integer of at least `minimum`. */
export function parseCount(option: string, text: string, minimum: number): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(count) && count >= minimum) return count;
  throw new UsageError(`${option} expects a whole number of at least ${minimum}, found ${JSON.stringify(text)}.`);
}

/** Parses a limit: an integer of at least 0, or `none`. */
export function parseLimit(option: string, text: string): number | null {
  return text === 'none' ? null : parseCount(option, text, 0);
}

/** A limit of vCPUs: a number of at least 0, or `none`. */
export function parseVcpus(option: string, text: string): number | null {
  if (text === 'none') return null;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new UsageError(
    `${option} expects a number of vCPUs, such as 0.5 or 64, or none, found ${JSON.stringify(text)}.`,
  );
}

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function secondsOf(text: string): number | undefined {
  const [, amount, unit] = RELATIVE_TIME.exec(text) ?? [];
  return amount === undefined || unit === undefined ? undefined : Number(amount) * (UNIT_SECONDS[unit] ?? 1);
}
