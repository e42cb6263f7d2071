/**
 * ECS keeps a token for one hour after its task has ended, so at least one hour after it was sent. Slightly less,
 * because clocks differ.
 */
const TOKEN_SAFE_MS = 50 * 60_000;

/** Pauses of an earlier owner of a launch: the first four add up to a minute, each later one takes a minute. */
const ROWS_OF_FIRST_MINUTE = 6;
const MINUTE_MS = 60_000;

/** Returns whether a token is so old that it may have expired, so that sending it may launch a second task. */
export function mayHaveExpired(sentSinceMs: number | null, nowMs: number): boolean {
  return sentSinceMs !== null && nowMs - sentSinceMs >= TOKEN_SAFE_MS;
}

/** Position of a launch in its sequence of tokens. */
export interface TokenRow {
  /** Number of the current token. */
  readonly row: number;
  /** Last number that an earlier owner may have sent. -1: none. */
  readonly sentByOthersUpTo: number;
  /** Milliseconds since the epoch before which the current token was not sent. Null: it was not sent yet. */
  readonly sentSinceMs: number | null;
}

/** Facts about the launch when it starts. */
export interface LaunchBefore {
  readonly mayHaveLaunched: boolean;
  /** The stored token number. Null: none. */
  readonly storedRow: number | null;
  readonly attemptStartedAtMs: number;
}

/**
 * Returns the start of a launch. Without a stored number, an earlier owner may have sent as many tokens as its time
 * allowed.
 */
export function firstToken({ mayHaveLaunched, storedRow, attemptStartedAtMs }: LaunchBefore, nowMs: number): TokenRow {
  if (storedRow !== null) return { row: storedRow, sentByOthersUpTo: storedRow, sentSinceMs: attemptStartedAtMs };
  if (!mayHaveLaunched) return { row: 0, sentByOthersUpTo: -1, sentSinceMs: null };
  const minutes = Math.max(0, nowMs - attemptStartedAtMs) / MINUTE_MS;
  return { row: 0, sentByOthersUpTo: ROWS_OF_FIRST_MINUTE + Math.floor(minutes), sentSinceMs: attemptStartedAtMs };
}

/** Returns the next token, after a response that placed nothing. */
export function nextToken({ row, sentByOthersUpTo }: TokenRow, attemptStartedAtMs: number): TokenRow {
  const wasSent = row + 1 <= sentByOthersUpTo;
  return { row: row + 1, sentByOthersUpTo, sentSinceMs: wasSent ? attemptStartedAtMs : null };
}

/** Returns whether the response to this token may be a replay for an earlier owner, which is not current. */
export function mayBeReplayed({ row, sentByOthersUpTo }: TokenRow): boolean {
  return row <= sentByOthersUpTo;
}
