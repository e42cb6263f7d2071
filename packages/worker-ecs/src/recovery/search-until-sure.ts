import type { Clock } from '@worker-host/core';
import { isAbort } from '../aws/errors/aws-error-facts.js';
import type { KnownTask } from './find-launched-task.js';

/** How long ECS can take to show a task that it has placed. */
const VISIBLE_AFTER_MS = 60_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 3_000;

/**
 * Searches repeatedly until the task is found, or ECS would have shown it. Null: there is none. A failed search does not count.
 *
 * @param search thorough the first and the last time; in between it can be cheap.
 * @throws the error of the searches, if they fail for that long; the signal's reason.
 */
export async function searchUntilSure(
  search: (isThorough: boolean) => Promise<KnownTask | null>,
  clock: Clock,
  signal: AbortSignal,
): Promise<KnownTask | null> {
  let sinceMs: number | null = null;
  let failingSinceMs: number | null = null;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    const nowMs = clock.monotonicMs();
    const isLast = sinceMs !== null && nowMs - sinceMs >= VISIBLE_AFTER_MS;
    try {
      const found = await search(sinceMs === null || isLast);
      if (found) return found;
      if (isLast) return null;
      failingSinceMs = null;
      sinceMs ??= nowMs;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      failingSinceMs ??= nowMs;
      if (isAbort(error) || nowMs - failingSinceMs >= VISIBLE_AFTER_MS) throw error;
      sinceMs = null;
    }
    await clock.sleep(pauseMs, signal);
  }
}
