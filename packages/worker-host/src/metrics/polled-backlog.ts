import type { Clock, Orchestrator } from '@worker-host/core';
import type { Backlog } from './status-metrics.js';

/** Overdue time from which a run is late, as in the embedded pool and Prefect. */
const LATE_AFTER_MS = 15_000;
/** How long a result is valid: scrapes and log lines share it. */
const FRESH_MS = 10_000;

/**
 * Measures the backlog of a control plane that does not count it, by reading the due runs. A Prefect server returns at
 * most 200, and none beyond the limits of pool and queues.
 */
export function polledBacklog(
  orchestrator: Pick<Orchestrator, 'getScheduledFlowRuns'>,
  clock: Pick<Clock, 'nowMs' | 'monotonicMs'>,
): () => Promise<Backlog> {
  let kept: { readonly backlog: Promise<Backlog>; readonly untilMs: number } | null = null;
  return () => {
    if (kept === null || kept.untilMs <= clock.monotonicMs()) {
      const backlog = readBacklog(orchestrator, clock.nowMs());
      kept = { backlog, untilMs: clock.monotonicMs() + FRESH_MS };
      backlog.catch(() => {
        kept = null;
      });
    }
    return kept.backlog;
  };
}

async function readBacklog(orchestrator: Pick<Orchestrator, 'getScheduledFlowRuns'>, nowMs: number): Promise<Backlog> {
  const due = await orchestrator.getScheduledFlowRuns({ scheduledBeforeMs: nowMs, limit: null });
  const times = due
    .map(({ nextScheduledStartTime, expectedStartTime }) =>
      Date.parse(nextScheduledStartTime ?? expectedStartTime ?? ''),
    )
    .filter((timeMs) => timeMs <= nowMs);
  return {
    dueRuns: due.length,
    lateRuns: times.filter((timeMs) => timeMs < nowMs - LATE_AFTER_MS).length,
    oldestDueMs: times.length === 0 ? null : Math.min(...times),
  };
}
