import type { Clock, Logger } from '@worker-host/core';
import type { HostStatus } from '../host/status.js';
import type { Backlog } from './status-metrics.js';

/** What a load log reads, and where it writes. */
export interface LoadLogOptions {
  readonly everySeconds: number;
  readonly status: () => Pick<HostStatus, 'slots'>;
  readonly backlog: () => Promise<Backlog>;
  readonly logger: Logger;
  readonly clock: Pick<Clock, 'nowMs' | 'sleep'>;
}

/**
 * Logs slots and backlog at an interval, in fields that a log service makes metrics of. What is not known is left out:
 * without a limit there is no percentage of slots, without an answer of the control plane no backlog.
 *
 * @returns what ends it
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
