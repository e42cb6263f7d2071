/** How long ECS may fail to show a task that was launched. */
export const NOT_VISIBLE_YET_MS = 10 * 60_000;
const CONFIRM_MISSING_MS = 30_000;
const LOOKS_TO_CONFIRM = 3;

/** Facts about a task that ECS does not return after its stop was requested. */
export interface StopLooks {
  /** Number of consecutive descriptions without it. */
  readonly looks: number;
  readonly missingForMs: number;
  /** Milliseconds since this process launched it. Null: an earlier process did, or unknown. */
  readonly launchedAgoMs: number | null;
}

/**
 * Decides whether a task that ECS does not return no longer exists, may not be visible yet, or must be described again.
 */
export function isStopTargetGone({
  looks,
  missingForMs,
  launchedAgoMs,
}: StopLooks): 'gone' | 'not-visible' | 'look-again' {
  if (looks < LOOKS_TO_CONFIRM || missingForMs < CONFIRM_MISSING_MS) return 'look-again';
  return launchedAgoMs !== null && launchedAgoMs < NOT_VISIBLE_YET_MS ? 'not-visible' : 'gone';
}
