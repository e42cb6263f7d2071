import type { Clock } from '@worker-host/core';
import { DatabaseLockedError } from './database-errors.js';

const PATIENCE_MS = 10_000;
const FIRST_PAUSE_MS = 5;
/** Short, as a process that writes without end frees the lock for moments only. */
const LONGEST_PAUSE_MS = 30;

/**
 * Does something with the database once no other process is in the way: tries again after longer and longer pauses,
 * up to ten seconds.
 *
 * @throws DatabaseLockedError after that; the signal's reason when it is aborted; anything else immediately.
 */
export async function whenFree<T>(clock: Clock, act: () => T, signal?: AbortSignal): Promise<T> {
  const beganMs = clock.monotonicMs();
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    signal?.throwIfAborted();
    try {
      return act();
    } catch (error) {
      if (!(error instanceof DatabaseLockedError)) throw error;
      const waitedMs = clock.monotonicMs() - beganMs;
      if (waitedMs >= PATIENCE_MS) throw new DatabaseLockedError(error.path, waitedMs, { cause: error.cause });
    }
    await clock.sleep(pauseMs * (0.5 + clock.random()), signal);
  }
}
