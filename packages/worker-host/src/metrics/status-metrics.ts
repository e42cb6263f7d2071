import type { Meter } from '@worker-host/core';
import { readyAnswer } from '../health/health-status.js';
import { RUN_PHASES } from '../host/run/run-state.js';
import type { HostStatus } from '../host/status.js';
import { packageVersion } from '../package-version.js';

/** Backlog of a work pool. */
export interface Backlog {
  /** Number of runs that are due and not claimed. */
  readonly dueRuns: number;
  /** Number of those more than 15 seconds overdue. */
  readonly lateRuns: number;
  /** Since when the oldest of them is due, in milliseconds since the epoch. Null: none. */
  readonly oldestDueMs: number | null;
}

/** Measures the status and backlog of a worker at each scrape, so that the values are current. */
export function measureStatus(meter: Meter, status: HostStatus, backlog: Backlog | null, nowMs: number): void {
  const { slots, runs, problems } = status;
  meter.gauge('worker_host_build_info', 1, {
    version: packageVersion(),
    node_version: process.version,
    worker_type: status.workerType,
    work_pool: status.workPoolName,
  });
  meter.gauge('worker_host_ready', readyAnswer(status).statusCode === 200 ? 1 : 0);
  meter.gauge('worker_host_problems', problems.length);
  meter.gauge('worker_host_pool_paused', status.isPoolPaused ? 1 : 0);
  meter.gauge('worker_host_slots_taken', slots.taken);
  meter.gauge('worker_host_slots_limit', slots.limit ?? Number.POSITIVE_INFINITY);
  for (const phase of RUN_PHASES)
    meter.gauge('worker_host_active_runs', runs.filter((run) => run.phase === phase).length, { phase });
  if (backlog === null) return;
  const { dueRuns, lateRuns, oldestDueMs } = backlog;
  meter.gauge('worker_host_pool_due_runs', dueRuns);
  meter.gauge('worker_host_pool_late_runs', lateRuns);
  meter.gauge(
    'worker_host_pool_oldest_due_seconds',
    oldestDueMs === null ? 0 : Math.max(0, nowMs - oldestDueMs) / 1000,
  );
}
