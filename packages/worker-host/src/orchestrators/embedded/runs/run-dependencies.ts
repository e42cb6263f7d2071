import { isFinalStateType, type StateType } from '@worker-host/core';
import type { EmbeddedDatabase, Row } from '../database/database.js';
import { NotFoundError } from '../embedded-errors.js';
import type { FlowRuns } from './flow-runs.js';

/** How a run has to end for another one to follow it. */
export const FOLLOW_CONDITIONS = ['completed', 'ended', 'failed'] as const;
export type FollowCondition = (typeof FOLLOW_CONDITIONS)[number];

/** The runs that a run follows, and how they have to end. */
export interface Following {
  readonly runIds: readonly string[];
  /** `completed` (default), `ended` in any way, or `failed`: Failed or Crashed. */
  readonly condition?: FollowCondition;
}

const MOST_AT_ONCE = 500;
/** What a trigger notes of a run that was deleted. */
const DELETED = 'DELETED';
const ENDED = `'COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED', '${DELETED}'`;

/** Runs that wait for the ends of others. Triggers on the states of those note how they stand. */
export class RunDependencies {
  constructor(private readonly database: EmbeddedDatabase) {}

  /** Lets a new run wait. Within the transaction that makes it. @throws NotFoundError for a run to follow that does not exist. */
  add(flowRunId: string, { runIds, condition = 'completed' }: Following): void {
    for (const id of new Set(runIds)) {
      const added = this.database.run(
        `INSERT INTO flow_run_dependencies (flow_run_id, follows_id, condition, state_type)
         SELECT ?, id, ?, state_type FROM flow_runs WHERE id = ?`,
        flowRunId,
        condition,
        id,
      );
      if (added === 0) throw new NotFoundError('flow run', id);
    }
    this.database.run(
      'UPDATE flow_runs SET waits_for = (SELECT count(*) FROM flow_run_dependencies WHERE flow_run_id = id) WHERE id = ?',
      flowRunId,
    );
  }

  /** Returns whether a run that others wait for has ended, so that they have to be updated. */
  isDue(): boolean {
    return this.#ended(1).length > 0;
  }

  /** Releases runs whose conditions are met, and ends those whose conditions can no longer be met. Belongs in a transaction. */
  resolve(runs: FlowRuns): void {
    for (const row of this.#ended(MOST_AT_ONCE)) this.#resolve(row, runs);
  }

  #resolve(row: Row, runs: FlowRuns): void {
    const id = String(row.flow_run_id);
    const ended = String(row.state_type);
    if (isMet(row.condition as FollowCondition, ended)) {
      this.database.run(
        'DELETE FROM flow_run_dependencies WHERE flow_run_id = ? AND follows_id = ?',
        id,
        String(row.follows_id),
      );
      this.database.run('UPDATE flow_runs SET waits_for = waits_for - 1 WHERE id = ?', id);
      this.database.run(
        `UPDATE flow_runs SET waits_for = 0
         WHERE array_id = ?1 AND waits_for > 0 AND EXISTS (SELECT 1 FROM flow_runs WHERE id = ?1 AND waits_for = 0)`,
        id,
      );
      return;
    }
    this.database.run('DELETE FROM flow_run_dependencies WHERE flow_run_id = ?', id);
    const how = ended === DELETED ? 'was deleted' : `ended ${ended.toLowerCase()}`;
    const message = `Skipped: run ${row.follows_id}, on which it depends, ${how}`;
    runs.propose(id, { type: 'CANCELLED', name: 'Skipped', message });
  }

  #ended(most: number): readonly Row[] {
    return this.database.all(
      `SELECT * FROM flow_run_dependencies INDEXED BY flow_run_dependencies_ended WHERE state_type IN (${ENDED}) LIMIT ?`,
      most,
    );
  }
}

function isMet(condition: FollowCondition, ended: string): boolean {
  if (condition === 'completed') return ended === 'COMPLETED';
  if (condition === 'failed') return ended === 'FAILED' || ended === 'CRASHED';
  return isFinalStateType(ended as StateType);
}
