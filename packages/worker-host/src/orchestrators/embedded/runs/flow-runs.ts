import type { FlowRun, JsonObject, State, StateAnswer, StateProposal } from '@worker-host/core';
import type { RunView } from '../administration-types.js';
import type { EmbeddedDatabase, Row, SqlValue } from '../database/database.js';
import type { BatchWrite } from '../database/group-commit.js';
import { parseObject, SELECT_RUN, toFlowRun, toReadableFlowRuns, toState } from '../database/rows.js';
import type { Deployments } from '../deployments/deployments.js';
import { AmbiguousRunError, NotFoundError } from '../embedded-errors.js';
import type { RunLimits } from '../limits/run-limits.js';
import type { Pools } from '../pools/pools.js';
import { differencesOf, type RequestedRun } from './existing-run.js';
import type { JobPolicy } from './job-policy.js';
import { LaunchRequests } from './launch-requests.js';
import { type NewFlowRun, NewFlowRuns } from './new-flow-runs.js';
import { RunArrays } from './run-arrays.js';
import { RunAttempts } from './run-attempts.js';
import { RunTransitions } from './run-transitions.js';

const MOST_CANDIDATES = 11;

/** Runs, their states and what is known of them. */
export class FlowRuns {
  readonly transitions: RunTransitions;
  /** Runs that are asked for at the same time. */
  readonly creation: BatchWrite<NewFlowRun, RequestedRun> = {
    keyOf: (run) => run,
    act: (runs) => this.createAll(runs),
  };
  readonly #newRuns: NewFlowRuns;
  readonly #attempts: RunAttempts;
  readonly #requests: LaunchRequests;
  readonly #arrays: RunArrays;

  constructor(
    private readonly database: EmbeddedDatabase,
    pools: Pools,
    deployments: Deployments,
    limits: RunLimits,
    nowMs: () => number,
  ) {
    this.#newRuns = new NewFlowRuns(database, pools, deployments, limits, nowMs);
    this.#attempts = new RunAttempts(database);
    this.#requests = new LaunchRequests(database);
    this.#arrays = new RunArrays(database, limits, nowMs);
    this.transitions = new RunTransitions(database, this.#arrays, nowMs);
  }

  /** As {@link createAll}, of one run. */
  create(run: NewFlowRun): RequestedRun {
    const [created] = this.createAll([run]);
    return created as RequestedRun;
  }

  /** Creates runs that are scheduled; returns the existing one where an idempotency or unique key was used before. */
  createAll(runs: readonly NewFlowRun[]): readonly RequestedRun[] {
    return this.database.write(() => {
      const made = this.#newRuns.createAll(runs);
      const flowRuns = new Map(this.findAll(made.map(({ id }) => id)).map((run) => [run.id, run]));
      return made.map(({ id, isNew, deployment }, index) => {
        const flowRun = flowRuns.get(id) as FlowRun;
        return {
          ...flowRun,
          isNew,
          differences: isNew ? [] : differencesOf(runs[index] as NewFlowRun, flowRun, deployment),
        };
      });
    });
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

  /** Puts a run into a state, as {@link RunTransitions.proposeAll}. */
  propose(id: string, proposal: StateProposal, isRetried = false): StateAnswer {
    const [answer] = this.database.write(() => this.transitions.proposeAll([{ id, proposal, isRetried }]));
    return answer as StateAnswer;
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
