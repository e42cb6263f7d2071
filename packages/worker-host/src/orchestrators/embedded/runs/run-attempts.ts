import type { JsonObject, StateType } from '@worker-host/core';
import type { EmbeddedDatabase, Row } from '../database/database.js';
import { parseObject, textOf, timeText } from '../database/rows.js';

/** One attempt at a run. */
export interface RunAttempt {
  /** Counted from 1. */
  readonly number: number;
  /** RFC 3339: when it was claimed. */
  readonly startedAt: string | null;
  /** RFC 3339. Null: it is not over. */
  readonly endedAt: string | null;
  /** How it ended, or where it is. */
  readonly stateType: StateType;
  readonly stateName: string;
  readonly message: string | null;
  readonly infrastructurePid: string | null;
  /** What the host stored about its end. Null: nothing yet. */
  readonly result: JsonObject | null;
}

/** The attempts of runs. Those that are over are kept beside the run, whose own columns are of the latest one. */
export class RunAttempts {
  constructor(private readonly database: EmbeddedDatabase) {}

  /** Keeps the latest attempt, as another one follows. Without an effect where there was none. Before the next state. */
  keep(flowRunId: string): void {
    const kept = this.database.run(
      `INSERT OR REPLACE INTO flow_run_attempts
         (flow_run_id, attempt, lease_token, started_ms, ended_ms, state_id, infrastructure_pid, result)
       SELECT r.id, r.attempt, r.lease_token, r.attempt_started_ms, s.timestamp_ms, r.state_id, r.infrastructure_pid, r.result
       FROM flow_runs r JOIN flow_run_states s ON s.id = r.state_id
       WHERE r.id = ? AND r.attempt > 0 AND r.state_type <> 'SCHEDULED'`,
      flowRunId,
    );
    if (kept > 0) this.database.run('UPDATE flow_runs SET result = NULL WHERE id = ?', flowRunId);
  }

  /** Oldest first. */
  list(flowRunId: string): readonly RunAttempt[] {
    const before = this.database.all(
      `SELECT a.attempt, a.started_ms, a.ended_ms, s.type, s.name, s.message, a.infrastructure_pid, a.result
       FROM flow_run_attempts a JOIN flow_run_states s ON s.id = a.state_id
       WHERE a.flow_run_id = ? ORDER BY a.attempt`,
      flowRunId,
    );
    const latest = this.database.all(
      `SELECT r.attempt, r.attempt_started_ms AS started_ms, r.end_ms AS ended_ms, s.type, s.name, s.message,
         r.infrastructure_pid, r.result
       FROM flow_runs r JOIN flow_run_states s ON s.id = r.state_id
       WHERE r.id = ? AND r.attempt > 0 AND r.state_type <> 'SCHEDULED'
         AND NOT EXISTS (SELECT 1 FROM flow_run_attempts a WHERE a.flow_run_id = r.id AND a.attempt = r.attempt)`,
      flowRunId,
    );
    return [...before, ...latest].map(toAttempt);
  }
}

function toAttempt(row: Row): RunAttempt {
  return {
    number: Number(row.attempt),
    startedAt: timeText(row.started_ms),
    endedAt: timeText(row.ended_ms),
    stateType: String(row.type) as StateType,
    stateName: String(row.name),
    message: textOf(row.message),
    infrastructurePid: textOf(row.infrastructure_pid),
    result: row.result === null ? null : parseObject(row.result),
  };
}
