import type { Clock } from '@worker-host/core';
import { isAbort } from '../aws/errors/aws-error-facts.js';
import type { KnownTask } from './find-launched-task.js';

/** How long ECS may take to show a task that it has placed. */
const VISIBLE_AFTER_MS = 60_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 3_000;

/**
 * Searches again and again until the task is found, or was searched for long enough that ECS would show it. Null: there is
 * none. A search that fails counts for nothing.
 *
 * @param search thorough the first time and the last; in between it may be cheap.
 * @throws what the searches failed with, where they fail for as long; the signal's reason.
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
