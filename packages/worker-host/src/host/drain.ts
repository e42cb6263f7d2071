import type { Clock } from '@worker-host/core';
import type { ActiveRuns } from './run/active-runs.js';
import { within } from './within.js';
import type { DrainMode } from './worker-host-settings.js';

/** Time for runs that are being launched before they are released. */
const LEAVE_DEADLINE_SECONDS = 5;

export interface DrainOptions {
  readonly clock: Clock;
  /** Maximum duration in seconds. Null: no limit for `await`, 5 s for `leave`. */
  readonly deadlineSeconds: number | null;
  /** When aborted, the drain ends immediately. */
  readonly signal: AbortSignal;
}

/**
 * Waits until the runs can be released: with `leave` until each is launched and its id stored, with `await` until each has
 * ended; at most until the deadline.
 */
export async function drainRuns(runs: ActiveRuns, mode: DrainMode, options: DrainOptions): Promise<void> {
  const { clock, signal } = options;
  const limitSeconds = options.deadlineSeconds ?? (mode === 'leave' ? LEAVE_DEADLINE_SECONDS : null);
  const drained = mode === 'await' ? runs.allFinished() : runs.allHandedOver();
  const onLimit = (): Error => new Error('The drain reached its deadline');
  await within(clock, limitSeconds, drained, onLimit, signal).catch(() => {});
}
