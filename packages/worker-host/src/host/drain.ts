import type { Clock } from '@worker-host/core';
import type { DrainMode } from './host-options.js';
import type { LiveRuns } from './live-runs.js';

/** Time that runs on their way to the infrastructure get to arrive there before they are left. */
const LEAVE_DEADLINE_SECONDS = 10;

export interface DrainOptions {
  readonly clock: Clock;
  /** Longest time it takes. Null: no limit for `await`, 10 s for `leave`. */
  readonly deadlineSeconds: number | null;
  /** Aborted: it ends at once. */
  readonly letGo: AbortSignal;
}

/**
 * Waits until the runs can be let go of: with `leave` until each is launched and its id stored, with `await` until each
 * has ended; in any case no longer than the deadline.
 */
export async function drainRuns(runs: LiveRuns, mode: DrainMode, options: DrainOptions): Promise<void> {
  const { clock, letGo } = options;
  const deadlineSeconds = options.deadlineSeconds ?? (mode === 'leave' ? LEAVE_DEADLINE_SECONDS : null);
  const over = new AbortController();
  const stop = (): void => over.abort();
  letGo.addEventListener('abort', stop, { once: true });
  const deadline =
    deadlineSeconds === null
      ? new Promise<void>((resolve) => letGo.addEventListener('abort', () => resolve(), { once: true }))
      : clock.sleep(deadlineSeconds * 1000, over.signal).catch(() => {});
  try {
    if (letGo.aborted) return;
    await Promise.race([mode === 'await' ? runs.allSettled() : runs.allHandedOver(), deadline]);
  } finally {
    letGo.removeEventListener('abort', stop);
    over.abort();
  }
}
