import type { Clock, Logger } from '@worker-host/core';
import { isUnauthorized } from './failure.js';
import type { LazyAbortController } from './lazy-abort-controller.js';

/** Exponential back-off with jitter: doubles from `firstMs` to `longestMs`. */
export interface BackOff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Delays between retries. One object for all loops and steps of the host; programs can replace it. */
export interface RetryPolicy {
  /** Delay before a single operation is retried. */
  readonly operation: BackOff;
  /** Maximum delay of a failing loop; the first delay is the interval of the loop. */
  readonly longestLoopMs: number;
}

export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  operation: { firstMs: 1000, longestMs: 60_000 },
  longestLoopMs: 60_000,
};

/** Returns the delay before retry number `failures` (1 the first) of an operation. */
export function retryMs({ operation }: RetryPolicy, failures: number, clock: Clock): number {
  const waitMs = Math.min(operation.longestMs, operation.firstMs * 2 ** Math.min(failures - 1, 20));
  return waitMs * (0.75 + clock.random() * 0.5);
}

/**
 * Returns the delay between two rounds of a loop after a number of consecutive failures; never less than the interval.
 */
export function pauseMs({ longestLoopMs }: RetryPolicy, intervalMs: number, failures: number, clock: Clock): number {
  const backedOffMs = Math.min(Math.max(intervalMs, longestLoopMs), intervalMs * 2 ** Math.min(failures, 20));
  return backedOffMs * (1 + clock.random() * 0.4);
}

export interface RetryOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly policy: RetryPolicy;
  /** When aborted, the retries end, and its reason is thrown. */
  readonly until: Pick<LazyAbortController, 'signal' | 'throwIfAborted'>;
  /** Returns whether a failure is thrown rather than retried. Default: only rejected credentials. */
  readonly isFinal?: (error: unknown) => boolean;
}

/**
 * Retries an operation until it succeeds. Logs the first failure and the recovery.
 *
 * @param what the operation with its object, as the subject of a log line: `Storing the task ARN`.
 */
export async function retryUntilDone<T>(what: string, operation: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, logger, policy, until, isFinal = () => false } = options;
  for (let failures = 0; ; ) {
    until.throwIfAborted();
    try {
      const value = await operation();
      if (failures > 0) logger.info(`${what} succeeded after ${failures} ${failures === 1 ? 'retry' : 'retries'}`);
      return value;
    } catch (error) {
      if (isUnauthorized(error) || isFinal(error)) throw error;
      failures += 1;
      const waitMs = retryMs(policy, failures, clock);
      if (failures === 1) logger.error(`${what} failed; retrying in ${seconds(waitMs)}`, { error });
      else logger.debug(`${what} failed again; retrying in ${seconds(waitMs)}`, { failures, error });
      await clock.sleep(waitMs, until.signal);
    }
  }
}

export function seconds(ms: number): string {
  return `${ms < 10_000 ? (ms / 1000).toFixed(1) : Math.round(ms / 1000)} s`;
}
