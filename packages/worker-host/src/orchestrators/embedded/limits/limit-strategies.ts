import type { EmbeddedDatabase, Row } from '../database/database.js';
import { IS_ACTIVE } from '../database/run-filter.js';
import type { FlowRuns } from '../runs/flow-runs.js';
import type { ContendedLimit, RunLimits } from './run-limits.js';

/** Most runs of one limit that are ended in one go. */
const MOST_AT_ONCE = 1000;

/** Applies what is to become of runs that are due while a limit of theirs is full. */
export class LimitStrategies {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly runs: FlowRuns,
    private readonly limits: RunLimits,
  ) {}

  /**
   * Skips, replaces and cancels runs where limits say so. Without a write where there is nothing to do.
   *
   * @param beforeMs runs due before it count. @returns whether there was something to do.
   */
  apply(beforeMs: number): boolean {
    const isToApply = (limit: ContendedLimit) => limit.onLimit !== 'queue' && this.#isTooMany(limit, beforeMs);
    if (!this.limits.contended().some(isToApply)) return false;
    this.database.write(() => {
      for (const limit of this.limits.contended()) if (isToApply(limit)) this.#apply(limit, beforeMs);
    });
    return true;
  }

  #apply(limit: ContendedLimit, beforeMs: number): void {
    const { key, name, onLimit, most, free } = limit;
    const due = this.#due(key, beforeMs);
    if (onLimit === 'skip') {
      this.#end(due, 'Skipped', `${name} was at its limit when the run was due`);
      return;
    }
    const kept = onLimit === 'replace' ? Math.max(1, free) : Math.max(1, most ?? 1);
    this.#end(due.slice(0, -kept), 'Replaced', `a later run of ${name} takes its place`);
    if (onLimit === 'cancel-oldest') this.#cancelOldest(limit, Math.min(due.length, kept) - free);
  }

  #cancelOldest({ key, name }: ContendedLimit, wanted: number): void {
    const active = this.database.all(
      `SELECT r.id, r.state_type FROM flow_run_keys k JOIN flow_runs r ON r.id = k.flow_run_id
       WHERE k.key = ? AND k.${IS_ACTIVE} ORDER BY r.scheduled_ms, r.rowid`,
      key,
    );
    const ending = active.filter((row) => row.state_type === 'CANCELLING').length;
    const oldest = active.filter((row) => row.state_type !== 'CANCELLING').slice(0, Math.max(0, wanted - ending));
    for (const { id } of oldest)
      this.runs.propose(String(id), {
        type: 'CANCELLING',
        message: `Cancelled: a later run of ${name} takes its place`,
      });
  }

  #end(rows: readonly Row[], name: string, reason: string): void {
    for (const { id } of rows)
      this.runs.propose(String(id), { type: 'CANCELLED', name, message: `${name}: ${reason}` });
  }

  #isTooMany({ key, free, onLimit }: ContendedLimit, beforeMs: number): boolean {
    const due = this.#due(key, beforeMs).length;
    if (onLimit === 'skip') return free === 0 && due > 0;
    return due > (onLimit === 'replace' ? Math.max(1, free) : free);
  }

  /** Runs of a key that are due before a time, the oldest first. */
  #due(key: string, beforeMs: number): readonly Row[] {
    return this.database.all(
      `SELECT r.id FROM flow_run_keys k JOIN flow_runs r ON r.id = k.flow_run_id
       WHERE k.key = ? AND k.state_type = 'SCHEDULED' AND r.scheduled_ms <= ? AND r.waits_for = 0
       ORDER BY r.scheduled_ms, r.rowid LIMIT ${MOST_AT_ONCE}`,
      key,
      beforeMs,
    );
  }
}
