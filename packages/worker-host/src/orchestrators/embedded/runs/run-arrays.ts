import { randomUUID } from 'node:crypto';
import { FINAL_STATE_TYPES, type FlowRun, isFinalStateType, type State, type StateType } from '@worker-host/core';
import type { EmbeddedDatabase, Row } from '../database/database.js';
import { numberOf } from '../database/rows.js';
import { IS_OPEN } from '../database/run-filter.js';
import { timeOrderedId } from '../database/time-ordered-id.js';
import { PoolInputError } from '../embedded-errors.js';
import type { RunLimits } from '../limits/run-limits.js';
import { arrayEndOf } from './array-ends.js';
import type { StateCounts } from './run-selection.js';
import { enterStates, insertStates, type NewState } from './state-history.js';

/** As many as an array job of AWS Batch may have. */
const MOST_RUNS = 10_000;
const HIGHEST_INDEX = 1_000_000_000;

/** How many runs a run consists of. */
export interface RunArray {
  /** 1 to 10,000. */
  readonly size: number;
  /** Index of the first run; that of each other run is one higher. Default: 0. */
  readonly firstIndex?: number;
  /** Most of its runs that are active at once. Default: any number. */
  readonly limit?: number | null;
}

/** What the runs of an array have beside what they share with it. */
export interface ArrayRunPolicy {
  /** JSON. */
  readonly policy: string | null;
  readonly deadlineMs: number | null;
}

/** The place of a run in an array. */
export interface ArrayPlace {
  readonly arrayId: string;
  readonly index: number;
  readonly size: number;
}

/** The place that a run has in an array. Null: it belongs to none. */
export function arrayPlaceOf({ json }: FlowRun): ArrayPlace | null {
  const { array_run_id: arrayId, array_index: index, array_size: size } = json;
  if (typeof arrayId !== 'string' || typeof index !== 'number' || typeof size !== 'number') return null;
  return { arrayId, index, size };
}

/** The runs of which a run consists: an array has no job, and ends with its runs. Null: it is no array. */
export function arrayOf({ json }: FlowRun): Required<RunArray> | null {
  const { array_size: size, array_first_index: firstIndex, array_limit: limit } = json;
  if (typeof size !== 'number' || typeof firstIndex !== 'number') return null;
  return { size, firstIndex, limit: typeof limit === 'number' ? limit : null };
}

/** @throws PoolInputError */
export function assertRunArray({ size, firstIndex = 0, limit = null }: RunArray): void {
  const isCount = (count: number, most: number) => Number.isSafeInteger(count) && count >= 1 && count <= most;
  const problems = [
    ...(isCount(size, MOST_RUNS) ? [] : [`it must have 1 to ${MOST_RUNS} runs (found: ${size})`]),
    ...(isCount(firstIndex + 1, HIGHEST_INDEX) ? [] : [`its first index must be 0 or more (found: ${firstIndex})`]),
    ...(limit === null || isCount(limit, HIGHEST_INDEX) ? [] : [`its limit must be 1 or more (found: ${limit})`]),
  ];
  if (problems.length > 0) throw new PoolInputError('array', problems);
}

/** Arrays: runs without a job, each with runs of its own that end it. Every method belongs into a transaction. */
export class RunArrays {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly limits: Pick<RunLimits, 'setOfArray'>,
    private readonly nowMs: () => number,
  ) {}

  /**
   * Makes a new run an array, and adds its runs, which wait as long as it waits for other runs.
   *
   * @param state that of the array, in which its runs begin
   */
  fill(arrayId: string, { size, firstIndex = 0, limit = null }: RunArray, own: ArrayRunPolicy, state: State): void {
    this.database.run(
      'UPDATE flow_runs SET is_array = 1, array_size = ?, array_index = ?, array_limit = ? WHERE id = ?',
      size,
      firstIndex,
      limit,
      arrayId,
    );
    const nowMs = this.nowMs();
    const made = Array.from(
      { length: size },
      (_, at) => [randomUUID(), timeOrderedId(nowMs), firstIndex + at] as const,
    );
    this.database.run(
      `INSERT INTO flow_runs (id, name, array_id, array_index, array_size, state_id, state_type, state_name, state_ms,
         flow_id, deployment_id, pool_id, queue_id, job_variables, parameters, tags, expected_start_ms, scheduled_ms,
         created_ms, priority, waits_for, labels, policy, deadline_ms)
       SELECT made.value ->> 0, a.name || '-' || (made.value ->> 2), a.id, made.value ->> 2, a.array_size,
         made.value ->> 1, a.state_type, a.state_name, a.state_ms, a.flow_id, a.deployment_id, a.pool_id, a.queue_id,
         a.job_variables, a.parameters, a.tags, a.expected_start_ms, a.scheduled_ms, a.created_ms, a.priority,
         min(a.waits_for, 1), a.labels, ?, ?
       FROM json_each(?) AS made JOIN flow_runs a ON a.id = ?`,
      own.policy,
      own.deadlineMs,
      JSON.stringify(made),
      arrayId,
    );
    insertStates(
      this.database,
      made.map(([id, stateId]) => ({ id, state: { ...state, id: stateId } })),
    );
    this.limits.setOfArray(arrayId, limit);
  }

  /** A run of an array has entered a state: its array begins, continues, or ends with it. */
  follow(arrayId: string, type: StateType): void {
    const row = this.database.get('SELECT state_type, array_limit FROM flow_runs WHERE id = ?', arrayId);
    if (row === null) return;
    const isOver = isFinalStateType(row.state_type as StateType);
    if (isFinalStateType(type)) {
      if (!isOver && !this.#hasOpen(arrayId)) this.#end(arrayId, row.state_type === 'CANCELLING');
    } else if (isOver || (row.state_type === 'SCHEDULED' && type !== 'SCHEDULED')) {
      if (isOver) this.limits.setOfArray(arrayId, numberOf(row.array_limit));
      this.#enter(arrayId, { type: 'RUNNING', name: 'Running', message: null, details: {} });
    }
  }

  /** Cancels all runs of an array: those that wait immediately; the jobs of the others are stopped by their workers. */
  cancel(arrayId: string, { name, message }: Pick<NewState, 'name' | 'message'>): State {
    this.#enterAll(this.#runsOf(arrayId, ['SCHEDULED', 'PAUSED']), { type: 'CANCELLED', name, message });
    const stopping = this.#runsOf(arrayId, ['PENDING', 'RUNNING']);
    this.#enterAll(stopping, { type: 'CANCELLING', name: 'Cancelling', message });
    return this.#hasOpen(arrayId)
      ? this.#enter(arrayId, { type: 'CANCELLING', name: 'Cancelling', message, details: {} })
      : this.#enter(arrayId, { type: 'CANCELLED', name, message, details: {} });
  }

  /** Cancels the waiting runs of the arrays of a deployment that is deleted; their active runs continue. */
  cancelWaiting(deploymentId: string): void {
    const arrays = this.database.all(
      `SELECT DISTINCT array_id FROM flow_runs WHERE deployment_id = ? AND state_type = 'SCHEDULED' AND array_id IS NOT NULL`,
      deploymentId,
    );
    for (const { array_id: id } of arrays) {
      const arrayId = String(id);
      const message = 'Cancelled: the deployment was deleted';
      this.#enterAll(this.#runsOf(arrayId, ['SCHEDULED']), { type: 'CANCELLED', name: 'Cancelled', message });
      this.follow(arrayId, 'CANCELLED');
    }
  }

  /** How many runs of each array are in which state. */
  counts(arrayIds: readonly string[]): ReadonlyMap<string, StateCounts> {
    const rows = this.database.all(
      `SELECT array_id, state_type, count(*) AS runs FROM flow_runs
       WHERE array_id IN (SELECT value FROM json_each(?)) GROUP BY array_id, state_type`,
      JSON.stringify(arrayIds),
    );
    const counts = new Map<string, StateCounts>();
    for (const row of rows) {
      const id = String(row.array_id);
      counts.set(id, { ...counts.get(id), [String(row.state_type)]: Number(row.runs) });
    }
    return counts;
  }

  /** Replaces arrays by those of their runs that have not completed; by all runs where all have. */
  toRetry(ids: readonly string[]): readonly string[] {
    const counts = this.counts(ids);
    return ids.flatMap((id) => {
      const ofArray = counts.get(id);
      if (ofArray === undefined) return [id];
      const failed = FINAL_STATE_TYPES.filter((type) => type !== 'COMPLETED' && (ofArray[type] ?? 0) > 0);
      return this.#runsOf(id, failed.length === 0 ? ['COMPLETED'] : failed);
    });
  }

  /**
   * Adds the runs of arrays before them, to be deleted. What waits of an array is cancelled, so that no run begins meanwhile.
   *
   * @throws PoolInputError for a run of an array that is not deleted
   */
  toDelete(ids: readonly string[]): readonly string[] {
    const wanted = JSON.stringify(ids);
    const alone = this.database.get(
      `SELECT name, array_id FROM flow_runs WHERE array_id NOT IN (SELECT value FROM json_each(?1))
         AND id IN (SELECT value FROM json_each(?1)) LIMIT 1`,
      wanted,
    );
    if (alone !== null)
      throw new PoolInputError('run', [
        `'${alone.name}' cannot be deleted alone: it belongs to the array ${alone.array_id}`,
      ]);
    const waiting = this.database.all(
      `SELECT id FROM flow_runs WHERE is_array = 1 AND state_type = 'SCHEDULED' AND id IN (SELECT value FROM json_each(?))`,
      wanted,
    );
    for (const { id } of waiting)
      this.cancel(String(id), { name: 'Cancelled', message: 'Cancelled: the array is deleted' });
    return [...new Set([...this.runsOf(ids, -1), ...ids])];
  }

  /** Ids of runs of arrays. @param most -1: all. */
  runsOf(arrayIds: readonly string[], most: number): readonly string[] {
    return this.database
      .all(
        'SELECT id FROM flow_runs WHERE array_id IN (SELECT value FROM json_each(?)) LIMIT ?',
        JSON.stringify(arrayIds),
        most,
      )
      .map(({ id }) => String(id));
  }

  #end(arrayId: string, isCancelled: boolean): void {
    const end = arrayEndOf(this.counts([arrayId]).get(arrayId) ?? {}, isCancelled);
    if (end === null) return;
    const name = { COMPLETED: 'Completed', FAILED: 'Failed', CANCELLED: 'Cancelled' }[end.type];
    this.#enter(arrayId, { ...end, name, details: {} });
  }

  #enter(arrayId: string, state: NewState): State {
    const nowMs = this.nowMs();
    const [entered] = enterStates(this.database, [{ id: arrayId, state, deadlineMs: null }], nowMs);
    if (isFinalStateType(state.type)) this.limits.setOfArray(arrayId, null);
    else if (state.type === 'RUNNING')
      this.database.run(
        'UPDATE flow_runs SET attempt_started_ms = coalesce(attempt_started_ms, ?) WHERE id = ?',
        nowMs,
        arrayId,
      );
    return entered as State;
  }

  /** Puts many runs into a state, without asking the rules. */
  #enterAll(ids: readonly string[], state: Omit<NewState, 'details'>): void {
    if (ids.length === 0) return;
    const entering = ids.map((id) => ({ id, state: { ...state, details: {} }, deadlineMs: null }));
    enterStates(this.database, entering, this.nowMs());
  }

  #hasOpen(arrayId: string): boolean {
    return this.database.get(`SELECT 1 FROM flow_runs WHERE array_id = ? AND ${IS_OPEN} LIMIT 1`, arrayId) !== null;
  }

  #runsOf(arrayId: string, types: readonly StateType[]): readonly string[] {
    const rows: readonly Row[] = this.database.all(
      `SELECT id FROM flow_runs WHERE array_id = ? AND state_type IN (SELECT value FROM json_each(?)) ORDER BY array_index`,
      arrayId,
      JSON.stringify(types),
    );
    return rows.map(({ id }) => String(id));
  }
}
