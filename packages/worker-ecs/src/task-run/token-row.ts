/**
 * ECS keeps a token for an hour after the task that it placed has ended, which is an hour after it was sent at least. A
 * little less, for clocks that differ.
 */
const TOKEN_SAFE_MS = 50 * 60_000;

/** How an earlier owner of a launch paused: the first four pauses add up to a minute, each later one takes a minute. */
const ROWS_OF_FIRST_MINUTE = 6;
const MINUTE_MS = 60_000;

/** True: a token that was sent so long ago may be free again, so that sending it may launch a second task. */
export function mayHaveExpired(sentSinceMs: number | null, nowMs: number): boolean {
  return sentSinceMs !== null && nowMs - sentSinceMs >= TOKEN_SAFE_MS;
}

/** Where a launch stands in its row of tokens. */
export interface TokenRow {
  /** Number of the present token. */
  readonly row: number;
  /** Last row that an earlier owner may have sent. -1: none. */
  readonly sentByOthersUpTo: number;
  /** Milliseconds since the epoch before which the present token was not sent. Null: it was not sent yet. */
  readonly sentSinceMs: number | null;
}

/** What is known of the launch when it begins. */
export interface LaunchBefore {
  readonly mayHaveLaunched: boolean;
  /** The row as it was stored. Null: none was. */
  readonly storedRow: number | null;
  readonly attemptStartedAtMs: number;
}

/** Where a launch begins. Without a stored row, an earlier owner may have sent as many as its time allowed. */
export function firstToken({ mayHaveLaunched, storedRow, attemptStartedAtMs }: LaunchBefore, nowMs: number): TokenRow {
  if (storedRow !== null) return { row: storedRow, sentByOthersUpTo: storedRow, sentSinceMs: attemptStartedAtMs };
  if (!mayHaveLaunched) return { row: 0, sentByOthersUpTo: -1, sentSinceMs: null };
  const minutes = Math.max(0, nowMs - attemptStartedAtMs) / MINUTE_MS;
  return { row: 0, sentByOthersUpTo: ROWS_OF_FIRST_MINUTE + Math.floor(minutes), sentSinceMs: attemptStartedAtMs };
}

/** The next token, after an answer that placed nothing. */
export function nextToken({ row, sentByOthersUpTo }: TokenRow, attemptStartedAtMs: number): TokenRow {
  const wasSent = row + 1 <= sentByOthersUpTo;
  return { row: row + 1, sentByOthersUpTo, sentSinceMs: wasSent ? attemptStartedAtMs : null };
}

/** True: the answer to this token may be a replay of one that an earlier owner got, which is no evidence about now. */
export function mayBeReplayed({ row, sentByOthersUpTo }: TokenRow): boolean {
  return row <= sentByOthersUpTo;
}
