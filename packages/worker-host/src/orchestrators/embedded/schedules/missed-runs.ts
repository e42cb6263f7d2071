import type { EmbeddedDatabase, Row } from '../database/database.js';
import { isDatabaseFailure } from '../database/database-errors.js';
import { numberOf, parseJson } from '../database/rows.js';
import type { FlowRuns } from '../runs/flow-runs.js';
import type { Schedule } from './schedule-types.js';
import { catchUpOf, timesOf } from './schedules.js';

/** A pool that was not served for this long has missed what was due meanwhile; less is a restart. */
const MISSED_AFTER_MS = 5 * 60_000;
/** Precision of the stored time at which a pool was last served. */
const NOTED_EVERY_MS = 60_000;

/** Runs of schedules that were due while no worker served their pool: the schedule's catch-up policy applies to them. */
export class MissedRuns {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly runs: FlowRuns,
    private readonly nowMs: () => number,
  ) {}

  /** Records that the pool is served now, and ends missed runs that are not made up for. Call it within a transaction. */
  serve(poolId: string): void {
    const nowMs = this.nowMs();
    const row = this.database.get('SELECT served_ms FROM work_pools WHERE id = ?', poolId);
    const servedMs = numberOf(row?.served_ms);
    if (servedMs !== null && Math.abs(nowMs - servedMs) < NOTED_EVERY_MS) return;
    this.database.run('UPDATE work_pools SET served_ms = ? WHERE id = ?', nowMs, poolId);
    if (servedMs === null || nowMs - servedMs < MISSED_AFTER_MS) return;
    for (const late of this.#late(poolId, servedMs, nowMs)) if (!isMadeUpFor(late, nowMs)) this.#miss(String(late.id));
  }

  #late(poolId: string, fromMs: number, untilMs: number): readonly Row[] {
    return this.database.all(
      `SELECT r.id, r.scheduled_ms, s.schedule FROM flow_runs r JOIN deployment_schedules s ON s.id = r.schedule_id
       WHERE r.pool_id = ? AND r.state_type = 'SCHEDULED' AND r.scheduled_ms > ? AND r.scheduled_ms <= ?`,
      poolId,
      fromMs,
      untilMs,
    );
  }

  #miss(id: string): void {
    const message =
      'Missed: no worker served the pool when the run was due, and the catch-up policy of its schedule excludes it';
    this.runs.propose(id, { type: 'CANCELLED', name: 'Missed', message });
  }
}

/** A run of a schedule that cannot be read is late, not missed. */
function isMadeUpFor(row: Row, nowMs: number): boolean {
  const schedule = parseJson(row.schedule) as unknown as Schedule;
  const atMs = numberOf(row.scheduled_ms) ?? nowMs;
  const { which, windowMs } = catchUpOf(schedule);
  if (which === 'none' || atMs < nowMs - windowMs) return false;
  if (which === 'all') return true;
  try {
    return timesOf(schedule, atMs, nowMs, 1).length === 0;
  } catch (error) {
    if (isDatabaseFailure(error)) throw error;
    return true;
  }
}
