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
  // Rejects with the reason itself: most sleeps of a worker are deadlines that are cancelled, and an error has a stack.
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const wait = (leftMs: number): NodeJS.Timeout =>
        setTimeout(
          () => {
            if (leftMs > LONGEST_TIMER_MS) {
              timer = wait(leftMs - LONGEST_TIMER_MS);
              return;
            }
            signal?.removeEventListener('abort', onAbort);
            resolve();
          },
          Math.min(leftMs, LONGEST_TIMER_MS),
        );
      let timer = wait(ms);
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
  random: () => Math.random(),
};
