import { FINAL_STATE_TYPES, type JsonObject, stringifyJson } from '@worker-host/core';
import type { EmbeddedDatabase } from '../database/database.js';
import type { Deployments } from '../deployments/deployments.js';
import { assertJobVariables } from '../input/job-variable-form.js';
import type { Pools } from '../pools/pools.js';
import type { FlowRuns } from './flow-runs.js';
import { DELETABLE_STATE_TYPES } from './run-selection.js';

/** Runs changed in one synced transaction. */
const BATCH = 200;

/** What a run that is tried again gets other than before. */
export interface RetryChange {
  /** Put over the job variables of the run. */
  readonly jobVariables: JsonObject;
  /** Put over its parameters. */
  readonly parameters: JsonObject;
}

/** Changes many runs. What does not fit the state of a run by then passes it over. */
export class BulkRuns {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly pools: Pools,
    private readonly deployments: Deployments,
    private readonly runs: FlowRuns,
  ) {}

  /** Returns how many runs of a batch are cancelled now, or are to be stopped by their workers. */
  cancel(ids: readonly string[]): number {
    const message = 'Cancelled from the command line';
    return this.database.write(
      () => ids.filter((id) => this.runs.propose(id, { type: 'CANCELLING', message }).status === 'ACCEPT').length,
    );
  }

  /** Returns how many runs of a batch are deleted, with their states and logs. No run that a worker owns is. */
  delete(ids: readonly string[]): number {
    // What is deleted with its array is not counted, so that the runs of arrays go first.
    const deleted = (isArray: 0 | 1): number =>
      this.database.run(
        `DELETE FROM flow_runs WHERE is_array = ? AND id IN (SELECT value FROM json_each(?))
           AND state_type IN (SELECT value FROM json_each(?))`,
        isArray,
        JSON.stringify(ids),
        JSON.stringify(DELETABLE_STATE_TYPES),
      );
    return this.database.write(() => deleted(0) + deleted(1));
  }

  /**
   * Schedules final runs of a batch again: another attempt at the same run, with all its retries before it. Returns how many.
   *
   * @throws JobVariablesInvalidError where the changed job variables do not fit the pool; then none of the batch is changed.
   */
  retry(ids: readonly string[], change: RetryChange): number {
    return this.database.write(() => ids.filter((id) => this.#retry(id, change)).length);
  }

  #retry(id: string, { jobVariables, parameters }: RetryChange): boolean {
    const run = this.runs.find(id);
    if (run === null || !FINAL_STATE_TYPES.some((type) => type === run.stateType)) return false;
    const changed = { ...run.jobVariables, ...jobVariables };
    const deployment = run.deploymentId === null ? null : this.deployments.findById(run.deploymentId);
    assertJobVariables(this.pools.read(run.workPoolName ?? ''), deployment?.jobVariables ?? {}, changed);
    this.runs.propose(id, { type: 'SCHEDULED', message: 'Retried from the command line', force: true });
    this.database.run(
      'UPDATE flow_runs SET retries = 0, job_variables = ?, parameters = ? WHERE id = ?',
      stringifyJson(changed),
      stringifyJson({ ...run.parameters, ...parameters }),
      id,
    );
    return true;
  }
}

/** The ids in parts that are changed in one transaction each. */
export function batchesOf(ids: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(ids.length / BATCH) }, (_, index) =>
    ids.slice(index * BATCH, (index + 1) * BATCH),
  );
}
