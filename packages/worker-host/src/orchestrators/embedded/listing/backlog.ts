import type { Backlog } from '../../../metrics/status-metrics.js';
import type { EmbeddedDatabase } from '../database/database.js';
import { numberOf } from '../database/rows.js';
import { LATE_AFTER_MS } from '../database/run-filter.js';

/** Counts the runs of a pool that are due and not claimed. A deleted pool has none. */
export function readBacklog(database: EmbeddedDatabase, workPoolName: string, nowMs: number): Backlog {
  const row = database.get(
    `SELECT count(*) AS due, count(iif(scheduled_ms < ?, 1, NULL)) AS late, min(scheduled_ms) AS oldest_ms
     FROM flow_runs WHERE state_type = 'SCHEDULED' AND is_array = 0 AND scheduled_ms <= ?
       AND queue_id IN (SELECT q.id FROM work_queues q JOIN work_pools p ON p.id = q.pool_id WHERE p.name = ?)`,
    nowMs - LATE_AFTER_MS,
    nowMs,
    workPoolName,
  );
  return {
    dueRuns: Number(row?.due),
    lateRuns: Number(row?.late),
    oldestDueMs: numberOf(row?.oldest_ms),
  };
}
