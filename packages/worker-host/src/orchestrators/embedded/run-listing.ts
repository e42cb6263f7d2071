import type { FlowRun, StateType } from '@worker-host/core';
import type { EmbeddedDatabase, SqlValue } from './database.js';
import { SELECT_RUN, toFlowRun } from './rows.js';

/** Which runs are listed. Null: all. */
export interface RunFilter {
  readonly poolId: string | null;
  readonly deploymentId: string | null;
  readonly stateTypes: readonly StateType[] | null;
}

const IS_AHEAD = `(state_type = 'SCHEDULED' AND scheduled_ms > ?)`;

/**
 * Lists runs in three parts, each read from an index in its order: those whose time has not come and that wait for it no
 * more, those that are due, run or ran, newest first, and those ahead, soonest first.
 */
export class RunListing {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly nowMs: () => number,
  ) {}

  list(filter: RunFilter, limit: number): readonly FlowRun[] {
    return this.database.read(() => {
      const nowMs = this.nowMs();
      const { condition, parameters } = conditionOf(filter);
      const ids: string[] = [];
      const add = (index: string, range: string, order: string, ...limits: readonly number[]): void => {
        if (ids.length >= limit) return;
        const rows = this.database.all(
          `SELECT id FROM flow_runs INDEXED BY ${index} WHERE ${range} ${condition} ORDER BY ${order} LIMIT ?`,
          ...limits,
          ...parameters,
          limit - ids.length,
        );
        for (const { id } of rows) ids.push(String(id));
      };
      add('flow_runs_listed', `expected_start_ms >= ? AND NOT ${IS_AHEAD}`, 'rowid DESC', nowMs, nowMs);
      const past = `expected_start_ms < ? AND NOT ${IS_AHEAD}`;
      add('flow_runs_listed', past, 'expected_start_ms DESC, rowid DESC', nowMs, nowMs);
      add('flow_runs_ahead', `state_type = 'SCHEDULED' AND scheduled_ms > ?`, 'scheduled_ms, rowid DESC', nowMs);
      return this.#read(ids);
    });
  }

  #read(ids: readonly string[]): readonly FlowRun[] {
    return this.database
      .all(`${SELECT_RUN} JOIN json_each(?) AS listed ON listed.value = r.id ORDER BY listed.key`, JSON.stringify(ids))
      .map(toFlowRun);
  }
}

function conditionOf({ poolId, deploymentId, stateTypes }: RunFilter): {
  readonly condition: string;
  readonly parameters: readonly SqlValue[];
} {
  const conditions: string[] = [];
  const parameters: SqlValue[] = [];
  const add = (condition: string, value: SqlValue): void => {
    conditions.push(`AND ${condition}`);
    parameters.push(value);
  };
  if (poolId !== null) add('pool_id = ?', poolId);
  if (deploymentId !== null) add('deployment_id = ?', deploymentId);
  if (stateTypes !== null) add('state_type IN (SELECT value FROM json_each(?))', JSON.stringify(stateTypes));
  return { condition: conditions.join(' '), parameters };
}
