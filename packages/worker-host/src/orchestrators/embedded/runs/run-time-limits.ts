import type { StateType } from '@worker-host/core';
import type { EmbeddedDatabase, Row } from '../database/database.js';
import { parseObject } from '../database/rows.js';
import type { JobPolicy, JobTimeLimits } from './job-policy.js';

export type TimeLimit = 'start' | 'run';

const MOST_AT_ONCE = 500;

/** Which limit counts in a state. */
const LIMIT_OF_STATE: Partial<Record<StateType, keyof JobTimeLimits>> = {
  SCHEDULED: 'queueSeconds',
  PENDING: 'startSeconds',
  RUNNING: 'runSeconds',
};

/** A run whose time is over. */
export interface OverdueRun {
  readonly id: string;
  readonly stateType: StateType;
  readonly policy: JobPolicy;
}

/**
 * Returns by when a run that enters a state has to be further, in milliseconds since the epoch. Null: any time.
 *
 * @param policy JSON. Null: the run has none.
 * @throws RowUnreadableError
 */
export function deadlineOf(policy: string | null, state: StateType, fromMs: number): number | null {
  const limit = LIMIT_OF_STATE[state];
  if (policy === null || limit === undefined) return null;
  const seconds = (parseObject(policy) as JobPolicy).limits?.[limit];
  return seconds === undefined ? null : Math.round(fromMs + seconds * 1000);
}

/** When runs have to be further than they are. */
export class RunTimeLimits {
  constructor(private readonly database: EmbeddedDatabase) {}

  /** Runs whose deadline has passed. */
  overdue(nowMs: number): readonly OverdueRun[] {
    return this.database
      .all(
        `SELECT id, state_type, policy FROM flow_runs WHERE deadline_ms IS NOT NULL AND deadline_ms <= ?
         ORDER BY deadline_ms LIMIT ${MOST_AT_ONCE}`,
        nowMs,
      )
      .map(toOverdue);
  }

  /** Notes by which limit an attempt is stopped. */
  exceed(flowRunId: string, limit: TimeLimit): void {
    this.database.run('UPDATE flow_runs SET deadline_ms = NULL, time_limit = ? WHERE id = ?', limit, flowRunId);
  }
}

/** Message of an attempt that a time limit has stopped. */
export function describeTimeLimit(limit: TimeLimit, { limits = {} }: JobPolicy): string {
  return limit === 'start'
    ? `The job did not run within its start limit of ${limits.startSeconds} s`
    : `The job did not end within its run limit of ${limits.runSeconds} s`;
}

function toOverdue(row: Row): OverdueRun {
  return {
    id: String(row.id),
    stateType: String(row.state_type) as StateType,
    policy: parseObject(row.policy) as JobPolicy,
  };
}
