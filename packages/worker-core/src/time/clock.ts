import { setTimeout as sleepMs } from 'node:timers/promises';

/** Source of time and randomness, so that tests can replace both. */
export interface Clock {
  /** Milliseconds since the epoch. Jumps when the system clock is set. */
  nowMs(): number;
  /** Monotonic milliseconds since an arbitrary origin, for durations. Not affected by changes of the system clock. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason if it is aborted before. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A random number in [0, 1), for jitter. */
  random(): number;
}

/** Maximum of a Node timer (24.8 days); a longer one fires immediately. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The system clock and random numbers. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    try {
      for (let leftMs = ms; ; leftMs -= LONGEST_TIMER_MS) {
        await sleepMs(Math.min(leftMs, LONGEST_TIMER_MS), undefined, signal ? { signal } : undefined);
        if (leftMs <= LONGEST_TIMER_MS) return;
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
  random: () => Math.random(),
};
