import type { FlowRun, StateType } from '@worker-host/core';
import type { EmbeddedDatabase, SqlValue } from './database.js';
import { SELECT_RUN, toFlowRun } from './rows.js';

/** Which runs are listed. Null: all. */
export interface RunFilter {
  readonly poolId: string | null;
  readonly deploymentId: string | null;
  readonly stateTypes: readonly StateType[] | null;
}

/** A run as it is sorted. */
interface Listed {
  readonly id: string;
  readonly row: number;
  readonly startMs: number;
}

/** A condition with its parameters. */
interface Condition {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

const IS_AHEAD = `(state_type = 'SCHEDULED' AND scheduled_ms > ?)`;

/**
 * Lists runs in three parts, each read from an index in its order: those that were made for a later time and wait for it
 * no more; those that are due, run or ran, newest first; those ahead, soonest first.
 */
export class RunListing {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly nowMs: () => number,
  ) {}

  list(filter: RunFilter, limit: number): readonly FlowRun[] {
    return this.database.read(() => {
      const ids = this.#begun(filter, limit);
      const all = ids.length < limit ? [...ids, ...this.#ahead(filter, limit - ids.length)] : ids;
      return this.#read(all);
    });
  }

  #begun(filter: RunFilter, limit: number): readonly string[] {
    const nowMs = this.nowMs();
    const early: Listed[] = [];
    const past: Listed[] = [];
    const index = indexOf(filter);
    for (const { sql, parameters } of conditionsOf(filter)) {
      const select = (range: string, order: string): readonly Listed[] =>
        this.database
          .all(
            `SELECT id, rowid AS row, expected_start_ms AS start_ms FROM flow_runs INDEXED BY ${index}
             WHERE ${sql} AND ${range} AND NOT ${IS_AHEAD} ORDER BY ${order} LIMIT ?`,
            ...parameters,
            nowMs,
            nowMs,
            limit,
          )
          .map((found) => ({ id: String(found.id), row: Number(found.row), startMs: Number(found.start_ms) }));
      early.push(...select('expected_start_ms >= ?', 'rowid DESC'));
      past.push(...select('expected_start_ms < ?', 'expected_start_ms DESC, rowid DESC'));
    }
    early.sort((a, b) => b.row - a.row);
    past.sort((a, b) => b.startMs - a.startMs || b.row - a.row);
    return [...early, ...past].slice(0, limit).map(({ id }) => id);
  }

  #ahead({ stateTypes, ...filter }: RunFilter, limit: number): readonly string[] {
    if (stateTypes !== null && !stateTypes.includes('SCHEDULED')) return [];
    const [condition] = conditionsOf({ ...filter, stateTypes: null });
    const rows = this.database.all(
      `SELECT id FROM flow_runs INDEXED BY flow_runs_ahead WHERE ${condition?.sql} AND state_type = 'SCHEDULED'
         AND scheduled_ms > ? ORDER BY scheduled_ms, rowid DESC LIMIT ?`,
      ...(condition?.parameters ?? []),
      this.nowMs(),
      limit,
    );
    return rows.map(({ id }) => String(id));
  }

  #read(ids: readonly string[]): readonly FlowRun[] {
    return this.database
      .all(`${SELECT_RUN} JOIN json_each(?) AS listed ON listed.value = r.id ORDER BY listed.key`, JSON.stringify(ids))
      .map(toFlowRun);
  }
}

function indexOf({ poolId, deploymentId, stateTypes }: RunFilter): string {
  if (stateTypes !== null) return 'flow_runs_of_state_by_start';
  if (deploymentId !== null) return 'flow_runs_of_deployment_by_start';
  return poolId === null ? 'flow_runs_by_start' : 'flow_runs_of_pool_by_start';
}

/** One condition for each state that is asked for, so that each is read in order; one where any is. */
function conditionsOf({ poolId, deploymentId, stateTypes }: RunFilter): readonly Condition[] {
  const parts = [
    ...(poolId === null ? [] : [{ sql: 'pool_id = ?', value: poolId }]),
    ...(deploymentId === null ? [] : [{ sql: 'deployment_id = ?', value: deploymentId }]),
  ];
  const belonging = parts.map(({ sql }) => sql);
  const parameters = parts.map(({ value }) => value);
  if (stateTypes === null) return [{ sql: ['true', ...belonging].join(' AND '), parameters }];
  return [...new Set(stateTypes)].map((type) => ({
    sql: ['state_type = ?', ...belonging].join(' AND '),
    parameters: [type, ...parameters],
  }));
}
