import { setTimeout as sleepMs } from 'node:timers/promises';

/** Where time and chance come from, so that tests can supply both. */
export interface Clock {
  /** Milliseconds since the epoch; it jumps when the machine's clock is set. */
  nowMs(): number;
  /** Milliseconds since some moment, for durations: it continues evenly, whatever is done to the machine's clock. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A number in [0, 1), for jitter. */
  random(): number;
}

/** A timer of Node that is set for longer (24.8 days) fires immediately. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's own time and chance. */
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
