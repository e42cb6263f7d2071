import type { WorkPool } from '@worker-host/core';
import type { Backlog } from '../../../metrics/status-metrics.js';
import type { WorkQueue } from '../administration-types.js';
import type { EmbeddedDatabase, Row } from '../database/database.js';
import { readableJson, textOf, timeText } from '../database/rows.js';
import type { WorkerListing, WorkerView } from '../leases/worker-listing.js';
import type { Pools } from '../pools/pools.js';
import { readBacklog } from './backlog.js';
import type { RunLists } from './run-lists.js';

const HOUR_MS = 3_600_000;
const BARS = 24;
/** Maximum number of failures read per state. */
export const MOST_FAILURES = 200;
const FINAL_STATES = `('COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED')`;

/** Runs of the last day that failed for the same reason. */
export interface FailureGroup {
  readonly stateName: string;
  /** The common reason: the diagnosis, otherwise the message of the state. */
  readonly reason: string;
  readonly runs: number;
  /** The most recent run. */
  readonly lastRunId: string;
  readonly lastTime: string | null;
}

/** Runs that ended in one hour. */
export interface HourOfRuns {
  /** Milliseconds since the epoch. */
  readonly startMs: number;
  readonly completed: number;
  readonly failed: number;
  readonly crashed: number;
  readonly cancelled: number;
}

/** Overview of a pool. */
export interface PoolOverview extends Backlog {
  readonly pool: WorkPool;
  readonly queues: readonly WorkQueue[];
  readonly workers: readonly WorkerView[];
  /** Number of runs that occupy a slot of the pool. */
  readonly activeRuns: number;
  /** Why the oldest due run waits. Null: none is due. */
  readonly waitingFor: string | null;
  /** Of the last 24 hours, the most frequent first; from the most recent 200 of each state. */
  readonly failures: readonly FailureGroup[];
  /** The last 24 hours, the oldest first. */
  readonly hours: readonly HourOfRuns[];
}

/** Reads pools for their page. */
export class PoolOverviews {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly pools: Pools,
    private readonly workers: WorkerListing,
    private readonly runLists: RunLists,
    private readonly nowMs: () => number,
  ) {}

  /** @throws NotFoundError */
  read(name: string): PoolOverview {
    return this.database.read(() => {
      const nowMs = this.nowMs();
      const pool = this.pools.read(name);
      const backlog = readBacklog(this.database, name, nowMs);
      return {
        ...backlog,
        pool,
        queues: this.pools.listQueues(name),
        workers: this.workers.list(pool.id),
        activeRuns: this.pools.activeRuns('pool_id', pool.id),
        waitingFor: backlog.dueRuns === 0 ? null : this.#oldestReason(pool.id, nowMs),
        failures: this.#failures(pool.id, nowMs),
        hours: this.#hours(pool.id, nowMs),
      };
    });
  }

  #oldestReason(poolId: string, nowMs: number): string | null {
    const row = this.database.get(
      `SELECT id, listed_ms FROM flow_runs WHERE pool_id = ?1 AND state_type = 'SCHEDULED' AND listed_ms <= ?2 AND array_id IS NULL
       UNION ALL SELECT r.id, r.listed_ms FROM flow_runs a JOIN flow_runs r ON r.array_id = a.id AND r.state_type = 'SCHEDULED'
       WHERE a.pool_id = ?1 AND a.is_array = 1 AND a.state_type = 'RUNNING' AND a.array_id IS NULL AND r.listed_ms <= ?2
       ORDER BY listed_ms LIMIT 1`,
      poolId,
      nowMs,
    );
    return row === null ? null : this.runLists.read(String(row.id)).reason;
  }

  #failures(poolId: string, nowMs: number): readonly FailureGroup[] {
    const groups = new Map<string, FailureGroup>();
    for (const type of ['FAILED', 'CRASHED']) {
      const rows = this.database.all(
        `SELECT r.id, r.state_name, r.listed_ms, coalesce(nullif(json_extract(${readableJson('r.result', '{}')}, '$.diagnosis.summary'), ''), s.message) AS reason
         FROM flow_runs r INDEXED BY flow_runs_of_state_listed JOIN flow_run_states s ON s.id = r.state_id
         WHERE r.state_type = ? AND r.listed_ms > ? AND r.pool_id = ? AND r.array_id IS NULL ORDER BY r.listed_ms DESC LIMIT ${MOST_FAILURES}`,
        type,
        nowMs - BARS * HOUR_MS,
        poolId,
      );
      for (const row of rows) addTo(groups, row);
    }
    return [...groups.values()].sort((a, b) => b.runs - a.runs);
  }

  #hours(poolId: string, nowMs: number): readonly HourOfRuns[] {
    const endMs = Math.ceil(nowMs / HOUR_MS) * HOUR_MS;
    const firstMs = endMs - BARS * HOUR_MS;
    const rows = this.database.all(
      `SELECT (listed_ms - CAST(? AS INTEGER)) / ${HOUR_MS} AS hour, state_type, count(*) AS runs FROM flow_runs
       WHERE pool_id = ? AND listed_ms >= ? AND array_id IS NULL AND state_type IN ${FINAL_STATES} GROUP BY 1, 2`,
      firstMs,
      poolId,
      firstMs,
    );
    return Array.from({ length: BARS }, (_, hour) => {
      const of = (type: string): number =>
        Number(rows.find((row) => row.hour === hour && row.state_type === type)?.runs ?? 0);
      const [completed, failed, crashed, cancelled] = [of('COMPLETED'), of('FAILED'), of('CRASHED'), of('CANCELLED')];
      return { startMs: firstMs + hour * HOUR_MS, completed, failed, crashed, cancelled };
    });
  }
}

function addTo(groups: Map<string, FailureGroup>, row: Row): void {
  const [stateName, reason] = [String(row.state_name), textOf(row.reason) ?? 'No reason is known'];
  const key = `${stateName}\n${reason}`;
  const known = groups.get(key) ?? {
    stateName,
    reason,
    runs: 0,
    lastRunId: String(row.id),
    lastTime: timeText(row.listed_ms),
  };
  groups.set(key, { ...known, runs: known.runs + 1 });
}
