import { randomUUID } from 'node:crypto';
import type { JsonObject, StateType } from '@worker-host/core';
import type { EmbeddedDatabase } from '../database/database.js';

export interface NewState {
  readonly type: StateType;
  readonly name: string;
  readonly message: string | null;
  /** Wire names. */
  readonly details: JsonObject;
}

/** Adds a state to the history of a run and makes it the current one. Returns its id. */
export function insertState(database: EmbeddedDatabase, flowRunId: string, state: NewState, nowMs: number): string {
  const id = randomUUID();
  database.run(
    `INSERT INTO flow_run_states (id, flow_run_id, type, name, timestamp_ms, message, details)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    id,
    flowRunId,
    state.type,
    state.name,
    nowMs,
    state.message,
    JSON.stringify(state.details),
  );
  database.run(
    'UPDATE flow_runs SET state_id = ?, state_type = ?, state_name = ?, state_ms = ? WHERE id = ?',
    id,
    state.type,
    state.name,
    nowMs,
    flowRunId,
  );
  return id;
}
