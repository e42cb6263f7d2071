import { FINAL_STATE_TYPES, type StateType } from '@worker-host/core';
import type { EmbeddedDatabase, Row, SqlValue } from '../database/database.js';
import { readableJson } from '../database/rows.js';
import type { Deployments } from '../deployments/deployments.js';
import type { Pools } from '../pools/pools.js';

/** Which runs are meant; what is left out does not matter. Without ids: arrays in place of their runs. */
export interface RunSelectionFilter {
  /** Of these alone. */
  readonly ids?: readonly string[];
  readonly workPoolName?: string;
  readonly deploymentName?: string;
  readonly stateTypes: readonly StateType[];
  /** Ended, or else due, before this time. Milliseconds since the epoch. */
  readonly beforeMs?: number;
  readonly tag?: string;
}

/** How many runs are in which state. */
export type StateCounts = Partial<Record<StateType, number>>;

/** Finds the runs that a command is to change. */
export class RunSelection {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly pools: Pools,
    private readonly deployments: Deployments,
  ) {}

  counts(filter: RunSelectionFilter): StateCounts {
    const { sql, parameters } = this.#where(filter);
    const rows = this.database.all(
      `SELECT state_type, count(*) AS runs FROM flow_runs WHERE ${sql} GROUP BY state_type ORDER BY state_type`,
      ...parameters,
    );
    return Object.fromEntries(rows.map((row: Row) => [String(row.state_type), Number(row.runs)]));
  }

  /** Oldest first. */
  ids(filter: RunSelectionFilter): readonly string[] {
    const { sql, parameters } = this.#where(filter);
    return this.database
      .all(`SELECT id FROM flow_runs WHERE ${sql} ORDER BY rowid`, ...parameters)
      .map(({ id }) => String(id));
  }

  #where(filter: RunSelectionFilter): { readonly sql: string; readonly parameters: readonly SqlValue[] } {
    const { ids, workPoolName, deploymentName, stateTypes, beforeMs, tag } = filter;
    const parts: readonly (readonly [string, SqlValue])[] = [
      ['state_type IN (SELECT value FROM json_each(?))', JSON.stringify(stateTypes)],
      ids === undefined
        ? ['array_id IS NULL AND ?', 1]
        : ['id IN (SELECT value FROM json_each(?))', JSON.stringify(ids)],
      ...(workPoolName === undefined ? [] : [['pool_id = ?', this.pools.read(workPoolName).id] as const]),
      ...(deploymentName === undefined
        ? []
        : [['deployment_id = ?', this.deployments.read(deploymentName).id] as const]),
      ...(beforeMs === undefined ? [] : [['coalesce(end_ms, scheduled_ms) < ?', beforeMs] as const]),
      ...(tag === undefined
        ? []
        : [[`EXISTS (SELECT 1 FROM json_each(${readableJson('tags', '[]')}) WHERE value = ?)`, tag] as const]),
    ];
    return { sql: parts.map(([sql]) => sql).join(' AND '), parameters: parts.map(([, value]) => value) };
  }
}

/** States in which a run has no owner: it can be deleted. */
export const DELETABLE_STATE_TYPES: readonly StateType[] = ['SCHEDULED', ...FINAL_STATE_TYPES];
