import type { HttpAnswer, HttpTransportError } from './http-transport.js';

/** Settings of the policy. */
export interface RetrySettings {
  readonly maxRetries: number;
  readonly retryJitterFactor: number;
  readonly retryExtraCodes: readonly number[];
  readonly isCloud: boolean;
}

/** What to do after an attempt without a usable response. */
export type RetryDecision =
  | { readonly retry: false }
  | {
      readonly retry: true;
      readonly waitMs: number;
      /** False: this attempt is not counted (announced maintenance). */
      readonly counts: boolean;
      /** Value of `Retry-After`, if it exceeds the maximum wait of this client. */
      readonly askedMs?: number;
    };

const RETRIED_STATUSES = [408, 429, 502, 503];
const LAST_BASE_SECONDS = 32;
/** Maximum delay after a connection was refused or closed. */
const LONGEST_TRANSPORT_WAIT_SECONDS = 8;
/**
 * A self-hosted server responds with 503 temporarily, when SQLite is locked: retries follow soon, each within [0.5,
 * 1.5] of it.
 */
const BUSY_WAITS_SECONDS = [0.1, 0.3, 0.8, 2, 5];
const STALE_CONNECTION_WAIT_MS = 0;
/** Maximum wait for a `Retry-After`. */
const LONGEST_RETRY_AFTER_MS = 60_000;
/** Delay during announced maintenance without `Retry-After`. */
const MAINTENANCE_WAIT_MS = 30_000;

/**
 * Decides after a response.
 *
 * @param failures number of counted attempts that failed before this one
 * @param nowMs the server's time, to which a date in `Retry-After` refers
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

/** Returns whether the server reports maintenance (Prefect Cloud). */
export function isMaintenance({ headers }: HttpAnswer): boolean {
  return headers['prefect-maintenance']?.toLowerCase() === 'true';
}

/** Decides after a response that is not Prefect's: a page of a proxy, temporary or permanent. */
export function afterUnreadable(failures: number, settings: RetrySettings, random: () => number): RetryDecision {
  if (failures >= settings.maxRetries) return { retry: false };
  return { retry: true, counts: true, waitMs: busyWaitMs(failures, random) };
}

function busyWaitMs(failures: number, random: () => number): number {
  const baseSeconds = BUSY_WAITS_SECONDS[Math.min(failures, BUSY_WAITS_SECONDS.length - 1)] ?? 0;
  return baseSeconds * 1000 * (0.5 + random());
}

/** Decides after a failure of the transport. `hasSucceeded`: the server has responded to this client before. */
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

/**
 * Returns `Retry-After` in milliseconds from now: seconds with a fraction, or an HTTP date. Null: absent or invalid.
 */
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

/**
 * Returns an exponentially distributed delay around the base, limited to about [0.82, 1.2] of it for a factor of 0.2.
 */
function jittered(baseSeconds: number, settings: RetrySettings, random: () => number): number {
  const factor = settings.retryJitterFactor;
  if (factor <= 0) return baseSeconds * 1000;
  const lowest = Math.log2(2 ** (1 + factor) / (2 ** (1 + factor) - 1));
  const highest = 1 + factor;
  const from = 1 - Math.exp(-lowest);
  const to = 1 - Math.exp(-highest);
  return -Math.log(1 - (from + random() * (to - from))) * baseSeconds * 1000;
}
