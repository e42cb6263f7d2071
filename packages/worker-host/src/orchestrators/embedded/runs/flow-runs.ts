import type { FlowRun, JsonObject, State, StateAnswer, StateProposal } from '@worker-host/core';
import { isFinalStateType, usualStateName } from '@worker-host/core';
import type { RunView } from '../administration-types.js';
import type { EmbeddedDatabase, Row, SqlValue } from '../database/database.js';
import { parseObject, SELECT_RUN, toFlowRun, toReadableFlowRuns, toState } from '../database/rows.js';
import type { Deployments } from '../deployments/deployments.js';
import { AmbiguousRunError, NotFoundError } from '../embedded-errors.js';
import type { RunLimits } from '../limits/run-limits.js';
import type { Pools } from '../pools/pools.js';
import { differencesOf, type RequestedRun } from './existing-run.js';
import type { JobPolicy } from './job-policy.js';
import { LaunchRequests } from './launch-requests.js';
import { NewFlowRuns } from './new-flow-runs.js';
import { arrayOf, arrayPlaceOf, RunArrays } from './run-arrays.js';
import { RunAttempts } from './run-attempts.js';
import { RunTimeLimits } from './run-time-limits.js';
import { insertState, type NewState } from './state-history.js';
import { decideTransition } from './state-rules.js';

const MOST_CANDIDATES = 11;

/** Runs, their states and what is known of them. */
export class FlowRuns {
  readonly #newRuns: NewFlowRuns;
  readonly #attempts: RunAttempts;
  readonly #requests: LaunchRequests;
  readonly #arrays: RunArrays;
  readonly #timeLimits: RunTimeLimits;

  constructor(
    private readonly database: EmbeddedDatabase,
    pools: Pools,
    deployments: Deployments,
    limits: RunLimits,
    private readonly nowMs: () => number,
  ) {
    this.#newRuns = new NewFlowRuns(database, pools, deployments, limits, nowMs);
    this.#attempts = new RunAttempts(database);
    this.#requests = new LaunchRequests(database);
    this.#arrays = new RunArrays(database, limits, nowMs);
    this.#timeLimits = new RunTimeLimits(database);
  }

  /** Creates a run that is scheduled; returns the existing one where its idempotency or unique key was used before. */
  create(run: Parameters<NewFlowRuns['create']>[0]): RequestedRun {
    const { id, isNew, deployment } = this.#newRuns.create(run);
    const flowRun = this.read(id);
    return { ...flowRun, isNew, differences: isNew ? [] : differencesOf(run, flowRun, deployment) };
  }

  find(id: string): FlowRun | null {
    const row = this.database.get(`${SELECT_RUN} WHERE r.id = ?`, id);
    return row ? toFlowRun(row) : null;
  }

  /** Those of the given ids that exist, the oldest first. One that cannot be read must not pass for a deleted one. */
  findAll(ids: readonly string[]): readonly FlowRun[] {
    return this.#rows(ids).map(toFlowRun);
  }

  /** As {@link findAll}, without those that cannot be read. */
  findReadable(ids: readonly string[]): readonly FlowRun[] {
    return toReadableFlowRuns(this.#rows(ids));
  }

  #rows(ids: readonly string[]): readonly Row[] {
    return this.database.all(
      `${SELECT_RUN} WHERE r.id IN (SELECT value FROM json_each(?)) ORDER BY r.rowid`,
      JSON.stringify(ids),
    );
  }

  read(id: string): FlowRun {
    const run = this.find(id);
    if (run) return run;
    throw new NotFoundError('flow run', id);
  }

  /** By id, by the beginning of an id, or by name. @throws NotFoundError, AmbiguousRunError */
  view(idOrName: string): RunView {
    return this.database.read(() => {
      const id = this.#idOf(idOrName);
      const row = this.database.get(
        `SELECT r.result, r.policy, d.name AS deployment_name FROM flow_runs r LEFT JOIN deployments d ON d.id = r.deployment_id
         WHERE r.id = ?`,
        id,
      );
      return {
        flowRun: this.read(id),
        deploymentName: typeof row?.deployment_name === 'string' ? row.deployment_name : null,
        states: this.states(id),
        attempts: this.#attempts.list(id),
        launches: this.#requests.list(id),
        policy: typeof row?.policy === 'string' ? (parseObject(row.policy) as JobPolicy) : null,
        result: typeof row?.result === 'string' ? parseObject(row.result) : null,
        arrayCounts: this.#arrays.counts([id]).get(id) ?? null,
      };
    });
  }

  /** Oldest first. */
  states(id: string): readonly State[] {
    return this.database
      .all('SELECT * FROM flow_run_states WHERE flow_run_id = ? ORDER BY sequence', id)
      .map((row) => toState(row));
  }

  /**
   * Puts a run into a state, by the rules. An array can only be cancelled, with all its runs.
   *
   * @param isRetried the run is scheduled again in the same transaction: its array goes on.
   */
  propose(id: string, proposal: StateProposal, isRetried = false): StateAnswer {
    return this.database.write(() => {
      const run = this.find(id);
      if (run === null) return { status: 'ABORT', state: null, reason: 'the run was deleted' };
      const current = { type: run.stateType ?? 'SCHEDULED', name: run.stateName ?? '' };
      const decision = decideTransition(current, proposal);
      if (decision.status !== 'ACCEPT') return { status: decision.status, state: run.state, reason: decision.reason };
      const { type, name } = decision;
      const details = proposal.stateDetails ?? {};
      const message = proposal.message ?? null;
      if (arrayOf(run) === null)
        return { status: 'ACCEPT', state: this.enter(run, { type, name, message, details }, isRetried) };
      if (type !== 'CANCELLING' && type !== 'CANCELLED')
        return { status: 'REJECT', state: run.state, reason: 'an array ends with its runs' };
      const ended = type === 'CANCELLED' ? name : usualStateName('CANCELLED');
      return { status: 'ACCEPT', state: this.#arrays.cancel(id, { name: ended, message }) };
    });
  }

  /** Writes a state without asking the rules. To be called within a transaction. @param isRetried as of {@link propose}. */
  enter(run: FlowRun, state: NewState, isRetried = false): State {
    const nowMs = this.nowMs();
    const { type } = state;
    if (type === 'SCHEDULED') this.#attempts.keep(run.id);
    const stateId = insertState(this.database, run.id, state, nowMs);
    if (type === 'RUNNING' && run.stateType !== 'RUNNING') {
      this.database.run(
        'UPDATE flow_runs SET start_ms = coalesce(start_ms, ?), run_count = run_count + 1 WHERE id = ?',
        nowMs,
        run.id,
      );
    }
    if (isFinalStateType(type)) {
      this.database.run('UPDATE flow_runs SET end_ms = ?, owner = NULL WHERE id = ?', nowMs, run.id);
    }
    const scheduledMs = scheduledTimeOf(state.details) ?? nowMs;
    if (type === 'SCHEDULED') {
      this.database.run(
        `UPDATE flow_runs SET owner = NULL, lease_token = NULL, infrastructure_pid = NULL, end_ms = NULL, scheduled_ms = ?
         WHERE id = ?`,
        scheduledMs,
        run.id,
      );
    }
    this.#timeLimits.note(run.id, type, type === 'SCHEDULED' ? scheduledMs : nowMs);
    const place = arrayPlaceOf(run);
    if (place !== null && !isRetried) this.#arrays.follow(place.arrayId, type);
    return {
      id: stateId,
      type,
      name: state.name,
      timestamp: new Date(nowMs).toISOString(),
      message: state.message,
      data: null,
      stateDetails: state.details,
    };
  }

  storeInfrastructurePid(id: string, infrastructurePid: string): void {
    this.database.run('UPDATE flow_runs SET infrastructure_pid = ? WHERE id = ?', infrastructurePid, id);
  }

  storeResult(id: string, result: JsonObject): void {
    this.database.run('UPDATE flow_runs SET result = ? WHERE id = ?', JSON.stringify(result), id);
  }

  addLabels(id: string, labels: Readonly<Record<string, string>>): void {
    this.database.run('UPDATE flow_runs SET labels = json_patch(labels, ?) WHERE id = ?', JSON.stringify(labels), id);
  }

  /** An id in full wins over a name, and a name over the beginning of an id. */
  #idOf(idOrName: string): string {
    const found =
      this.#ids('id = ?', idOrName) ??
      this.#ids('name = ?', idOrName) ??
      (/^[0-9a-f][0-9a-f-]*$/.test(idOrName) ? this.#ids('id >= ? AND id < ?', idOrName, `${idOrName}g`) : null);
    if (found === null) throw new NotFoundError('flow run', idOrName);
    const [id = '', ...others] = found;
    if (others.length > 0) throw new AmbiguousRunError(idOrName, found);
    return id;
  }

  #ids(condition: string, ...parameters: readonly SqlValue[]): readonly string[] | null {
    const rows = this.database.all(
      `SELECT id FROM flow_runs WHERE ${condition} ORDER BY created_ms DESC LIMIT ${MOST_CANDIDATES}`,
      ...parameters,
    );
    return rows.length === 0 ? null : rows.map((row) => String(row.id));
  }
}

function scheduledTimeOf({ scheduled_time: time }: JsonObject): number | null {
  const timeMs = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isNaN(timeMs) ? null : timeMs;
}
