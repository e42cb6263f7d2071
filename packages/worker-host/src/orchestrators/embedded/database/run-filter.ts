import type { StateType } from '@worker-host/core';
import type { SqlValue } from './database.js';
import { readableJson } from './rows.js';

/** From so long after its time on, a run that still waits is late. */
export const LATE_AFTER_MS = 15_000;

/** As the partial indexes state it, so that they are used. */
export const IS_ACTIVE = `state_type IN ('PENDING', 'RUNNING', 'CANCELLING')`;

/** Of a run: it has not ended. */
export const IS_OPEN = `state_type IN ('SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING')`;

/** Of a run: active, with a job of its own, which an array has not. */
export const HAS_SLOT = `${IS_ACTIVE} AND is_array = 0`;

/** Which runs are listed. What is absent or null restricts nothing. */
export interface RunFilter {
  readonly poolId?: string | null;
  /** Of this array. Default: arrays in place of their runs, but for runs of a worker. */
  readonly arrayId?: string | null;
  readonly deploymentId?: string | null;
  /** Name of a queue, in any pool. */
  readonly queueName?: string | null;
  /** Runs in any of these states; `LATE`: scheduled, and more than 15 seconds overdue. */
  readonly states?: readonly (StateType | 'LATE')[] | null;
  readonly tag?: string | null;
  /** Name of the worker that owns the run, or owned it last. */
  readonly workerName?: string | null;
  /** Milliseconds since the epoch: changed, or due, at this time or later. */
  readonly sinceMs?: number | null;
  /** Milliseconds since the epoch: changed, or due, before this time. */
  readonly untilMs?: number | null;
  /** Part of the name, of the id, or of what is stored of the end, in any case. */
  readonly text?: string | null;
}

/** A condition of SQL with its parameters. */
export interface Condition {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

export const WORKER_OF_RUN = `coalesce((SELECT name FROM workers WHERE instance_id = owner),
  json_extract(${readableJson('labels', '{}')}, '$."prefect.worker.name"'))`;

/** Completed runs have no diagnosis, so what is stored of their ends is not read. */
const TEXT_OF_RUN = `(instr(lower(name), ?) OR instr(id, ?)
  OR (state_type <> 'COMPLETED' AND instr(lower(coalesce(result, '')), ?)))`;

/** Joins conditions with AND; of none: true. */
export function allOf(conditions: readonly Condition[]): Condition {
  return {
    sql: conditions.length === 0 ? 'true' : conditions.map(({ sql }) => sql).join(' AND '),
    parameters: conditions.flatMap(({ parameters }) => parameters),
  };
}

/** One condition for each state that is asked for, so that an index gives each in order; one where any is. */
export function stateConditions({ states }: RunFilter, nowMs: number): readonly Condition[] {
  if (states === null || states === undefined) return [{ sql: 'true', parameters: [] }];
  const types = [...new Set(states)].filter((state) => state !== 'LATE' || !states.includes('SCHEDULED'));
  return types.map((type) =>
    type === 'LATE'
      ? { sql: `state_type = 'SCHEDULED' AND listed_ms < ?`, parameters: [nowMs - LATE_AFTER_MS] }
      : { sql: 'state_type = ?', parameters: [type] },
  );
}

/** Whether arrays are listed in place of their runs, which the indexes of lists leave out. */
export function listsArrays({ arrayId = null, workerName = null }: RunFilter): boolean {
  return arrayId === null && workerName === null;
}

/** All that a filter asks for beside states. */
export function conditionOf(filter: RunFilter): Condition {
  const { text, tag, workerName, sinceMs, untilMs, queueName, arrayId } = filter;
  const wanted = text?.toLowerCase();
  const conditions: readonly (readonly [sql: string, value: SqlValue | undefined, times?: number])[] = [
    ['array_id = ?', arrayId],
    ['pool_id = ?', filter.poolId],
    ['deployment_id = ?', filter.deploymentId],
    ['queue_id IN (SELECT id FROM work_queues WHERE name = ?)', queueName],
    ['listed_ms >= ?', sinceMs],
    ['listed_ms < ?', untilMs],
    [`EXISTS (SELECT 1 FROM json_each(${readableJson('flow_runs.tags', '[]')}) AS each WHERE each.value = ?)`, tag],
    [`${WORKER_OF_RUN} = ?`, workerName],
    [TEXT_OF_RUN, wanted, 3],
  ];
  return allOf([
    ...(listsArrays(filter) ? [{ sql: 'array_id IS NULL', parameters: [] }] : []),
    ...conditions.flatMap(([sql, value, times = 1]) =>
      value === null || value === undefined ? [] : [{ sql, parameters: Array<SqlValue>(times).fill(value) }],
    ),
  ]);
}
