import type { Clock, Logger } from '@worker-host/core';
import { isUnauthorized, isUnavailable } from './orchestrator-failure.js';

const LONGEST_BACK_OFF_MS = 300_000;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

/** The wait after so many failures in a row: each doubles the interval, to five minutes at most. */
export function backedOffMs(intervalMs: number, failures: number): number {
  const longest = Math.max(intervalMs, LONGEST_BACK_OFF_MS);
  return Math.min(longest, intervalMs * 2 ** Math.min(failures, 20));
}

/** Spreads a wait over three quarters to one and a third of its length, so that workers do not march in step. */
function jitteredMs(waitMs: number, clock: Clock): number {
  return waitMs * (0.75 + clock.random() * 0.55);
}

/** The wait between two rounds of a loop: the interval or up to two fifths more, so that no loop is busier than asked. */
export function spacedMs(waitMs: number, clock: Clock): number {
  return waitMs * (1 + clock.random() * 0.4);
}

/** The wait before retry number `failures` (1 the first) of a single deed: one second, doubling, to a minute at most. */
export function retryMs(failures: number, clock: Clock): number {
  return jitteredMs(Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 10)), clock);
}

export interface Persistence {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted: it is given up, and the signal's reason is thrown. */
  readonly signal: AbortSignal;
  /** Which failures are tried again. `unavailable`: only what may pass by itself. `all`: everything but a 401. */
  readonly retries: 'unavailable' | 'all';
}

/** Does a deed until it succeeds. The first failure and the recovery are logged, what lies between is not. */
export async function persistently<T>(what: string, deed: () => Promise<T>, options: Persistence): Promise<T> {
  const { clock, logger, signal, retries } = options;
  for (let failures = 0; ; ) {
    signal.throwIfAborted();
    try {
      const value = await deed();
      if (failures > 0) logger.info('Done after all', { what, failures });
      return value;
    } catch (error) {
      if (isUnauthorized(error) || (retries === 'unavailable' && !isUnavailable(error))) throw error;
      failures += 1;
      const log = failures === 1 ? logger.error.bind(logger) : logger.debug.bind(logger);
      log('Could not be done; it is tried until it succeeds', { what, failures, error });
    }
    await clock.sleep(retryMs(failures, clock), signal);
  }
}
