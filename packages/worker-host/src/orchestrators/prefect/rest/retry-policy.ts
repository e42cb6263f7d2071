import type { HttpAnswer, HttpTransportError } from './http-transport.js';

/** Settings the policy depends on. */
export interface RetrySettings {
  readonly maxRetries: number;
  readonly retryJitterFactor: number;
  readonly retryExtraCodes: readonly number[];
  readonly isCloud: boolean;
}

/** What to do after a try that brought no usable answer. */
export type RetryDecision =
  | { readonly retry: false }
  | {
      readonly retry: true;
      readonly waitMs: number;
      /** False: this try is not counted (announced maintenance). */
      readonly counts: boolean;
      /** What `Retry-After` asks for, where it is longer than this client waits at a time. */
      readonly askedMs?: number;
    };

const RETRIED_STATUSES = [408, 429, 502, 503];
const LAST_BASE_SECONDS = 32;
/** A connection that was refused or cut: looked at again at least this often. */
const LONGEST_TRANSPORT_WAIT_SECONDS = 8;
/** A self-hosted server answers 503 in passing, when SQLite is locked: tries come soon, each within [0.5, 1.5] of it. */
const BUSY_WAITS_SECONDS = [0.1, 0.3, 0.8, 2, 5];
const STALE_CONNECTION_WAIT_MS = 0;
/** No `Retry-After` holds a request back for longer at a time, a day least of all. */
const LONGEST_RETRY_AFTER_MS = 60_000;
/** Announced maintenance without `Retry-After`. */
const MAINTENANCE_WAIT_MS = 30_000;

/**
 * Decides after an answer.
 *
 * @param failures counted tries that have failed before this one
 * @param nowMs the server's time, by which it writes a date in `Retry-After`
 */
export function afterAnswer(
  answer: HttpAnswer,
  failures: number,
  settings: RetrySettings,
  nowMs: number,
  random: () => number,
): RetryDecision {
  if (!RETRIED_STATUSES.includes(answer.status) && !settings.retryExtraCodes.includes(answer.status)) {
    return { retry: false };
  }
  const counts = !isMaintenance(answer);
  if (counts && failures >= settings.maxRetries) return { retry: false };
  const fallbackMs = counts ? null : MAINTENANCE_WAIT_MS;
  const retryAfterMs = parseRetryAfterMs(answer.headers['retry-after'], nowMs) ?? fallbackMs;
  if (retryAfterMs !== null) {
    const waitMs = Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS) * (1 + random() * settings.retryJitterFactor);
    return { retry: true, counts, waitMs, ...(retryAfterMs > LONGEST_RETRY_AFTER_MS ? { askedMs: retryAfterMs } : {}) };
  }
  if (answer.status === 503 && !settings.isCloud) return { retry: true, counts, waitMs: busyWaitMs(failures, random) };
  return { retry: true, counts, waitMs: jittered(exponentialSeconds(failures), settings, random) };
}

/** True when the server says that it is closed for maintenance (Prefect Cloud). */
export function isMaintenance({ headers }: HttpAnswer): boolean {
  return headers['prefect-maintenance']?.toLowerCase() === 'true';
}

/** Decides after an answer that is none of Prefect's: a page of a proxy, soon gone or there for good. */
export function afterUnreadable(failures: number, settings: RetrySettings, random: () => number): RetryDecision {
  if (failures >= settings.maxRetries) return { retry: false };
  return { retry: true, counts: true, waitMs: busyWaitMs(failures, random) };
}

function busyWaitMs(failures: number, random: () => number): number {
  const baseSeconds = BUSY_WAITS_SECONDS[Math.min(failures, BUSY_WAITS_SECONDS.length - 1)] ?? 0;
  return baseSeconds * 1000 * (0.5 + random());
}

/** Decides after a failure of the transport. `hasSucceeded`: the server has answered this client before. */
export function afterTransportError(
  error: HttpTransportError,
  failures: number,
  hasSucceeded: boolean,
  settings: RetrySettings,
  random: () => number,
): RetryDecision {
  if (failures >= settings.maxRetries || ['untrusted', 'too-large'].includes(error.failure)) return { retry: false };
  if (error.failure === 'connect' && !hasSucceeded) return { retry: false };
  if (error.failure === 'reset' && failures === 0) {
    return { retry: true, counts: true, waitMs: STALE_CONNECTION_WAIT_MS };
  }
  const seconds = Math.min(exponentialSeconds(failures), LONGEST_TRANSPORT_WAIT_SECONDS);
  return { retry: true, counts: true, waitMs: jittered(seconds, settings, random) };
}

/** `Retry-After` in milliseconds from now: seconds with a fraction, or an HTTP date. Null: absent or unreadable. */
export function parseRetryAfterMs(value: string | undefined, nowMs: number): number | null {
  if (value === undefined || value.trim() === '') return null;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs);
}

function exponentialSeconds(failures: number): number {
  return Math.min(2 ** (failures + 1), LAST_BASE_SECONDS);
}

/** Exponentially distributed round the base, cut to about [0.82, 1.2] of it for a factor of 0.2. */
function jittered(baseSeconds: number, settings: RetrySettings, random: () => number): number {
  const factor = settings.retryJitterFactor;
  if (factor <= 0) return baseSeconds * 1000;
  const lowest = Math.log2(2 ** (1 + factor) / (2 ** (1 + factor) - 1));
  const highest = 1 + factor;
  const from = 1 - Math.exp(-lowest);
  const to = 1 - Math.exp(-highest);
  return -Math.log(1 - (from + random() * (to - from))) * baseSeconds * 1000;
}
