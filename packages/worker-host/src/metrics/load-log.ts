import type { Clock, Logger } from '@worker-host/core';
import type { HostStatus } from '../host/status.js';
import type { Backlog } from './status-metrics.js';

/** Input and output of a load log. */
export interface LoadLogOptions {
  readonly everySeconds: number;
  readonly status: () => Pick<HostStatus, 'slots'>;
  readonly backlog: () => Promise<Backlog>;
  readonly logger: Logger;
  readonly clock: Pick<Clock, 'nowMs' | 'sleep'>;
}

/**
 * Logs slots and backlog at an interval, in fields from which a log service can derive metrics. Unknown values are
 * omitted: the percentage of slots without a limit, and the backlog while the control plane does not respond.
 *
 * @returns a function that ends it
 */
export function startLoadLog(options: LoadLogOptions): () => void {
  const over = new AbortController();
  void turn(options, over.signal);
  return () => over.abort();
}

async function turn(options: LoadLogOptions, signal: AbortSignal): Promise<void> {
  const { everySeconds, clock } = options;
  for (;;) {
    await clock.sleep(everySeconds * 1000, signal).catch(() => undefined);
    if (signal.aborted) return;
    const backlog = await options.backlog().catch(() => null);
    if (!signal.aborted) writeLoad(options, backlog);
  }
}

function writeLoad({ status, logger, clock }: LoadLogOptions, backlog: Backlog | null): void {
  const { taken, limit } = status().slots;
  const slots = {
    slotsTaken: taken,
    ...(limit === null ? {} : { slotsTakenPercent: Math.round((taken / limit) * 100) }),
  };
  const slotText = limit === null ? `${taken} slots taken` : `${taken} of ${limit} slots taken`;
  if (backlog === null) {
    logger.info(`Load: ${slotText}`, { event: 'load', ...slots });
    return;
  }
  const { dueRuns, oldestDueMs } = backlog;
  const oldestDueSeconds = oldestDueMs === null ? 0 : Math.max(0, Math.round((clock.nowMs() - oldestDueMs) / 1000));
  const queueText = dueRuns === 0 ? 'no run due' : `${dueRuns} due, the oldest for ${oldestDueSeconds} s`;
  logger.info(`Load: ${slotText}; ${queueText}`, { event: 'load', ...slots, dueRuns, oldestDueSeconds });
}
