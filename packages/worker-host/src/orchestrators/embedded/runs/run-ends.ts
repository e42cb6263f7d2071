import { isFinalStateType, type StateAnswer, type StateProposal } from '@worker-host/core';
import type { EmbeddedDatabase, Row } from '../database/database.js';
import { parseObject } from '../database/rows.js';
import type { FlowRuns } from './flow-runs.js';
import { actionOf, attemptEndOf, retryDelayMs } from './job-ends.js';
import type { JobPolicy, JobRetries } from './job-policy.js';
import { describeTimeLimit, type TimeLimit } from './run-time-limits.js';
import type { RunProposal } from './run-transitions.js';

/** The ends of attempts: what the run's policy makes of them. To be called within the transaction that checks the lease. */
export class RunEnds {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly runs: FlowRuns,
    private readonly nowMs: () => number,
  ) {}

  /**
   * Puts runs into the states that their owners propose. An end becomes what the policy of the run says; a retry follows it
   * in the same step. The answers are the ends of the attempts.
   *
   * @param proposals each run at most once
   */
  proposeAll(proposals: readonly RunProposal[]): readonly StateAnswer[] {
    const policies = this.#policyRows(proposals.filter(({ proposal }) => isFinalStateType(proposal.type)));
    const others = proposals.filter(({ id }) => !policies.has(id));
    const answers = this.runs.transitions.proposeAll(others)[Symbol.iterator]();
    return proposals.map(({ id, proposal }) => {
      const row = policies.get(id);
      return row === undefined ? (answers.next().value as StateAnswer) : this.#propose(row, proposal);
    });
  }

  #propose(row: Row, proposal: StateProposal): StateAnswer {
    const id = String(row.id);
    const policy = parseObject(row.policy) as JobPolicy;
    const timeLimit = proposal.type === 'CANCELLED' ? (row.time_limit as TimeLimit | null) : null;
    const ended: StateProposal =
      timeLimit === null
        ? proposal
        : { type: 'FAILED', name: 'TimedOut', message: describeTimeLimit(timeLimit, policy), force: true };
    const isOrdered = row.state_type === 'CANCELLING' && timeLimit === null;
    if (isOrdered || (ended.type !== 'FAILED' && ended.type !== 'CRASHED')) return this.runs.propose(id, ended);
    return this.#failed(row, policy, ended, timeLimit !== null);
  }

  #failed(row: Row, policy: JobPolicy, ended: StateProposal, isTimedOut: boolean): StateAnswer {
    const id = String(row.id);
    const result = row.result === null ? null : parseObject(row.result);
    const isLaunched = result !== null || row.infrastructure_pid !== null;
    const message = ended.message ?? null;
    const action = actionOf(policy, attemptEndOf({ result, isLaunched, message, isTimedOut }));
    if (action === 'complete')
      return this.runs.propose(id, {
        type: 'COMPLETED',
        message: `A rule of the run treats this as success: ${message}`,
      });
    const retries = action === 'retry' && hasRetry(row, policy) ? policy.retries : undefined;
    const answer = this.runs.propose(id, ended, retries !== undefined);
    if (retries !== undefined && answer.status === 'ACCEPT') this.#retry(row, retries);
    return answer;
  }

  #retry(row: Row, retries: JobRetries): void {
    const retry = Number(row.retries) + 1;
    const id = String(row.id);
    const atMs = this.nowMs() + retryDelayMs(retries, id, retry);
    const message = `Attempt ${retry + 1} of ${retries.attempts} follows`;
    const stateDetails = { scheduled_time: new Date(atMs).toISOString() };
    this.runs.propose(id, { type: 'SCHEDULED', name: 'AwaitingRetry', message, stateDetails, force: true });
    this.database.run('UPDATE flow_runs SET retries = ? WHERE id = ?', retry, id);
  }

  /** By id, of those that have a policy. */
  #policyRows(proposals: readonly RunProposal[]): ReadonlyMap<string, Row> {
    if (proposals.length === 0) return new Map();
    const rows = this.database.all(
      `SELECT id, policy, retries, result, infrastructure_pid, state_type, time_limit FROM flow_runs
       WHERE policy IS NOT NULL AND id IN (SELECT value FROM json_each(?))`,
      JSON.stringify(proposals.map(({ id }) => id)),
    );
    return new Map(rows.map((row) => [String(row.id), row]));
  }
}

function hasRetry(row: Row, { retries }: JobPolicy): boolean {
  return retries !== undefined && Number(row.retries) + 1 < retries.attempts;
}
