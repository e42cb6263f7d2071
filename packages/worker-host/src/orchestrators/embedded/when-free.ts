import type { Clock } from '@worker-host/core';
import { DatabaseLockedError } from './database-errors.js';

const PATIENCE_MS = 10_000;
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 250;

/**
 * Does something with the database once no other process is in the way: tries again after longer and longer pauses,
 * up to the patience (10 s).
 *
 * @throws DatabaseLockedError after that; anything else at once.
 */
export async function whenFree<T>(clock: Clock, act: () => T, patienceMs: number = PATIENCE_MS): Promise<T> {
  const beganMs = clock.monotonicMs();
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return act();
    } catch (error) {
      if (!(error instanceof DatabaseLockedError)) throw error;
      const waitedMs = clock.monotonicMs() - beganMs;
      if (waitedMs >= patienceMs) throw new DatabaseLockedError(error.path, waitedMs, { cause: error.cause });
    }
    await clock.sleep(pauseMs * (0.5 + clock.random()));
  }
}
