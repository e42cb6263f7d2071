import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject } from '@worker-host/core';
import type { EndAction, EndRule, JobPolicy, JobRetries } from './job-policy.js';

/** What is known of the end of an attempt. */
export interface AttemptEnd {
  readonly exitCode: number | null;
  /** Of the diagnosis; `time-limit`: a limit of the run stopped it; `not-launched`: nothing was launched. Null: none. */
  readonly kind: string | null;
  /** Texts that give a reason: message of the state, summary and detail of the diagnosis. */
  readonly reasons: readonly string[];
}

/** What the database has of an end. */
export interface StoredEnd {
  /** What the host stored of it; null: nothing. */
  readonly result: JsonObject | null;
  readonly isLaunched: boolean;
  readonly message: string | null;
  /** A limit of the run stopped it. */
  readonly isTimedOut: boolean;
}

/** The exit code in a stored result; null: not known. */
export function exitCodeOf(result: JsonObject | null): number | null {
  return typeof result?.exitCode === 'number' ? result.exitCode : null;
}

export function attemptEndOf({ result, isLaunched, message, isTimedOut }: StoredEnd): AttemptEnd {
  const diagnosis = isJsonObject(result?.diagnosis ?? null) ? (result?.diagnosis as JsonObject) : {};
  const kind = typeof diagnosis.kind === 'string' ? diagnosis.kind : null;
  const texts = [message, diagnosis.summary, diagnosis.detail].filter((text) => typeof text === 'string');
  if (isTimedOut) return { exitCode: null, kind: 'time-limit', reasons: texts };
  return { exitCode: exitCodeOf(result), kind: isLaunched ? kind : 'not-launched', reasons: texts };
}

/** What follows from the end of an attempt that failed. Without a rule: a retry of what was launched. */
export function actionOf({ rules = [] }: JobPolicy, end: AttemptEnd): EndAction {
  const rule = rules.find((each) => fits(each, end));
  return rule?.action ?? (end.kind === 'not-launched' ? 'fail' : 'retry');
}

/** The wait before a retry, in milliseconds; the same for a run and a number. @param retry 1 the first. */
export function retryDelayMs(retries: JobRetries, flowRunId: string, retry: number): number {
  const { delaySeconds = 10, backOff = 'exponential', maxDelaySeconds = 3600, jitter = 0.25 } = retries;
  const grown = backOff === 'fixed' ? delaySeconds : delaySeconds * 2 ** Math.min(retry - 1, 60);
  const spread = createHash('sha256').update(`${flowRunId} ${retry}`).digest().readUInt32BE() / 2 ** 31 - 1;
  return Math.round(Math.min(grown, maxDelaySeconds) * 1000 * (1 + jitter * spread));
}

function fits({ exitCodes, kind, reason }: EndRule, end: AttemptEnd): boolean {
  if (exitCodes !== undefined && (end.exitCode === null || !isWithin(exitCodes, end.exitCode))) return false;
  if (kind !== undefined && (end.kind === null || !isLike(kind, end.kind))) return false;
  return reason === undefined || end.reasons.some((text) => isLike(reason, text));
}

function isWithin(ranges: string, code: number): boolean {
  return ranges.split(',').some((range) => {
    const [from = Number.NaN, to = from] = range.split('-').map(Number);
    return code >= from && code <= to;
  });
}

/** `*` stands for any text; case does not matter. Linear in the text, whatever the pattern. */
function isLike(pattern: string, text: string): boolean {
  const [first = '', ...parts] = pattern.toLowerCase().split('*');
  const hay = text.toLowerCase();
  if (!hay.startsWith(first)) return false;
  const last = parts.pop();
  if (last === undefined) return hay === first;
  let from = first.length;
  for (const part of parts) {
    const at = hay.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return hay.length - last.length >= from && hay.endsWith(last);
}
