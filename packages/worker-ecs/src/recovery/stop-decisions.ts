/** How long ECS may fail to show a task that was launched. */
export const NOT_VISIBLE_YET_MS = 10 * 60_000;
const CONFIRM_MISSING_MS = 30_000;
const LOOKS_TO_CONFIRM = 3;

/** How a task that was ordered to stop is missed. */
export interface StopLooks {
  /** Descriptions in a row that did not show it. */
  readonly looks: number;
  readonly missingForMs: number;
  /** Launched by this process, that long ago. Null: by an earlier one, or it is not known. */
  readonly launchedAgoMs: number | null;
}

/** Whether a task that ECS does not show is gone, may only not be visible yet, or is to be described again. */
export function isStopTargetGone({
  looks,
  missingForMs,
  launchedAgoMs,
}: StopLooks): 'gone' | 'not-visible' | 'look-again' {
  if (looks < LOOKS_TO_CONFIRM || missingForMs < CONFIRM_MISSING_MS) return 'look-again';
  return launchedAgoMs !== null && launchedAgoMs < NOT_VISIBLE_YET_MS ? 'not-visible' : 'gone';
}
