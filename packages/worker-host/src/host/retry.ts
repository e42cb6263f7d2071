import type { Clock, Logger } from '@worker-host/core';
import { isUnauthorized } from './failure.js';

/** Waits between tries: doubling from `firstMs` to `longestMs`, spread so that workers do not act in step. */
export interface BackOff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** How long the host waits. One object for all of its loops and steps; programs may replace it. */
export interface RetryPolicy {
  /** Before a single operation is tried again. */
  readonly operation: BackOff;
  /** Maximum pause of a failing loop; the first pause is the interval of the loop. */
  readonly longestLoopMs: number;
}

export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  operation: { firstMs: 1000, longestMs: 60_000 },
  longestLoopMs: 60_000,
};

/** The wait before retry number `failures` (1 the first) of an operation. */
export function retryMs({ operation }: RetryPolicy, failures: number, clock: Clock): number {
  const waitMs = Math.min(operation.longestMs, operation.firstMs * 2 ** Math.min(failures - 1, 20));
  return waitMs * (0.75 + clock.random() * 0.5);
}

/** The pause between two rounds of a loop after so many failures in a row; never shorter than the interval. */
export function pauseMs({ longestLoopMs }: RetryPolicy, intervalMs: number, failures: number, clock: Clock): number {
  const backedOffMs = Math.min(Math.max(intervalMs, longestLoopMs), intervalMs * 2 ** Math.min(failures, 20));
  return backedOffMs * (1 + clock.random() * 0.4);
}

export interface RetryOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly policy: RetryPolicy;
  /** Aborted: no more tries, and the signal's reason is thrown. */
  readonly signal: AbortSignal;
  /** Which failures are thrown rather than retried. Default: none but a refusal of who we are. */
  readonly isFinal?: (error: unknown) => boolean;
}

/**
 * Retries an operation until it succeeds. Logs the first failure and the recovery.
 *
 * @param what the operation with its object, as the subject of a log line: `Storing the task ARN`.
 */
export async function retryUntilDone<T>(what: string, operation: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, logger, policy, signal, isFinal = () => false } = options;
  for (let failures = 0; ; ) {
    signal.throwIfAborted();
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
      await clock.sleep(waitMs, signal);
    }
  }
}

export function seconds(ms: number): string {
  return `${ms < 10_000 ? (ms / 1000).toFixed(1) : Math.round(ms / 1000)} s`;
}
