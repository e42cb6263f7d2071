import { randomUUID } from 'node:crypto';
import type { FlowRun, JsonObject, State, StateAnswer, StateProposal, StateType } from '@worker-host/core';
import { isFinalStateType } from '@worker-host/core';
import type { RunView } from '../../cli/administration-port.js';
import type { EmbeddedDatabase, SqlValue } from './database.js';
import type { Deployments } from './deployments.js';
import { AmbiguousRunError, NotFoundError, PoolInputError } from './embedded-errors.js';
import type { Pools } from './pools.js';
import { numberOf, parseObject, SELECT_RUN, textOf, toFlowRun, toState } from './rows.js';
import { randomRunName } from './run-name.js';
import { decideTransition } from './state-rules.js';
import { validateJobVariables } from './validate-job-variables.js';

export interface NewFlowRun {
  readonly deploymentName: string | null;
  readonly workPoolName: string | null;
  readonly workQueueName: string | null;
  readonly name: string | null;
  readonly jobVariables: JsonObject;
  readonly parameters: JsonObject;
  readonly tags: readonly string[];
  readonly idempotencyKey: string | null;
  readonly scheduledForMs: number | null;
  readonly isAutoScheduled?: boolean;
}

export interface FlowRunQuery {
  readonly workPoolName?: string;
  readonly deploymentName?: string;
  readonly stateTypes?: readonly StateType[];
  readonly limit: number;
}

/** Runs, their states and what is known of them. */
export class FlowRuns {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly pools: Pools,
    private readonly deployments: Deployments,
    private readonly nowMs: () => number,
  ) {}

  /** Makes a run that is scheduled; the one there is where the idempotency key was used before. */
  create(run: NewFlowRun): FlowRun {
    const id = this.database.write(() => {
      const deployment = run.deploymentName === null ? null : this.deployments.read(run.deploymentName);
      const poolName = run.workPoolName ?? deployment?.workPoolName ?? null;
      if (poolName === null) throw new PoolInputError('run', ['it needs a deployment or a work pool']);
      const pool = this.pools.read(poolName);
      if (run.idempotencyKey !== null) {
        const known = this.database.get(
          'SELECT id FROM flow_runs WHERE coalesce(deployment_id, pool_id) = ? AND idempotency_key = ?',
          deployment?.id ?? pool.id,
          run.idempotencyKey,
        );
        if (known) return String(known.id);
      }
      if (!run.isAutoScheduled) {
        validateJobVariables(pool.baseJobTemplate, { ...deployment?.jobVariables, ...run.jobVariables });
      }
      return this.#insert(run, deployment, pool.id, poolName);
    });
    return this.read(id);
  }

  #insert(
    run: NewFlowRun,
    deployment: ReturnType<Deployments['read']> | null,
    poolId: string,
    poolName: string,
  ): string {
    const id = randomUUID();
    const nowMs = this.nowMs();
    const scheduledMs = run.scheduledForMs ?? nowMs;
    const stateId = randomUUID();
    this.database.run(
      `INSERT INTO flow_runs (id, name, flow_id, deployment_id, pool_id, queue_id, job_variables, parameters, tags,
         idempotency_key, scheduled_ms, created_ms, auto_scheduled, state_id, state_type, state_name)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'SCHEDULED', 'Scheduled')`,
      id,
      run.name ?? randomRunName(),
      deployment?.flowId ?? poolId,
      deployment?.id ?? null,
      poolId,
      this.pools.queueId(poolName, run.workQueueName ?? deployment?.workQueueName ?? null),
      JSON.stringify(run.jobVariables),
      JSON.stringify({ ...deployment?.parameters, ...run.parameters }),
      JSON.stringify([...new Set([...(deployment?.tags ?? []), ...run.tags])]),
      run.idempotencyKey,
      scheduledMs,
      nowMs,
      run.isAutoScheduled ? 1 : 0,
      stateId,
    );
    const details = { scheduled_time: new Date(scheduledMs).toISOString() };
    this.#insertState(id, { id: stateId, type: 'SCHEDULED', name: 'Scheduled', message: null, details, nowMs });
    return id;
  }

  find(id: string): FlowRun | null {
    const row = this.database.get(`${SELECT_RUN} WHERE r.id = ?`, id);
    if (!row) return null;
    const state = this.database.get(
      'SELECT * FROM flow_run_states WHERE flow_run_id = ? ORDER BY sequence DESC LIMIT 1',
      id,
    );
    return { ...toFlowRun(row), state: state ? toState(state) : null };
  }

  read(id: string): FlowRun {
    const run = this.find(id);
    if (run) return run;
    throw new NotFoundError('flow run', id);
  }

  /** By id, by the beginning of an id, or by name. @throws NotFoundError, AmbiguousRunError */
  view(idOrName: string): RunView {
    const pattern = `${idOrName.replace(/[%_\\]/g, '\\$&')}%`;
    const ids = this.database
      .all(
        `SELECT id FROM flow_runs WHERE id = ? OR id LIKE ? ESCAPE '\\' OR name = ? ORDER BY created_ms DESC LIMIT 11`,
        idOrName,
        pattern,
        idOrName,
      )
      .map((row) => String(row.id));
    const [id] = ids.includes(idOrName) ? [idOrName] : ids;
    if (id === undefined) throw new NotFoundError('flow run', idOrName);
    if (ids.length > 1 && id !== idOrName) throw new AmbiguousRunError(idOrName, ids);
    const row = this.database.get('SELECT result FROM flow_runs WHERE id = ?', id);
    return {
      flowRun: this.read(id),
      states: this.states(id),
      result: row && typeof row.result === 'string' ? parseObject(row.result) : null,
    };
  }

  states(id: string): readonly State[] {
    return this.database
      .all('SELECT * FROM flow_run_states WHERE flow_run_id = ? ORDER BY sequence', id)
      .map((row) => toState(row));
  }

  /** Newest first. */
  list({ workPoolName, deploymentName, stateTypes, limit }: FlowRunQuery): readonly FlowRun[] {
    const conditions: string[] = [];
    const parameters: SqlValue[] = [];
    if (workPoolName !== undefined) {
      conditions.push('r.pool_id = ?');
      parameters.push(this.pools.read(workPoolName).id);
    }
    if (deploymentName !== undefined) {
      conditions.push('r.deployment_id = ?');
      parameters.push(this.deployments.read(deploymentName).id);
    }
    if (stateTypes !== undefined) {
      conditions.push('r.state_type IN (SELECT value FROM json_each(?))');
      parameters.push(JSON.stringify(stateTypes));
    }
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    return this.database
      .all(`${SELECT_RUN} ${where} ORDER BY r.created_ms DESC, r.rowid DESC LIMIT ?`, ...parameters, limit)
      .map(toFlowRun);
  }

  /** Puts a run into a state, by the rules. */
  propose(id: string, proposal: StateProposal): StateAnswer {
    return this.database.write(() => {
      const run = this.read(id);
      const decision = decideTransition(run.stateType ?? 'SCHEDULED', proposal);
      if (decision.status !== 'ACCEPT') return { status: decision.status, state: run.state, reason: decision.reason };
      const { type, name } = decision;
      this.enter(run, { type, name, message: proposal.message ?? null, details: proposal.stateDetails ?? {} });
      const state = this.read(id).state;
      if (!state) throw new NotFoundError('flow run', id);
      if (type !== proposal.type) return { status: 'REJECT', state, reason: 'Nothing had been launched yet' };
      return { status: 'ACCEPT', state };
    });
  }

  /** Writes a state without asking the rules. To be called within a transaction. */
  enter(
    run: FlowRun,
    state: {
      readonly type: StateType;
      readonly name: string;
      readonly message: string | null;
      readonly details: JsonObject;
    },
  ): void {
    const nowMs = this.nowMs();
    const stateId = randomUUID();
    const { type, name } = state;
    this.#insertState(run.id, { id: stateId, ...state, nowMs });
    this.database.run(
      'UPDATE flow_runs SET state_id = ?, state_type = ?, state_name = ? WHERE id = ?',
      stateId,
      type,
      name,
      run.id,
    );
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
    if (type === 'SCHEDULED') {
      const { scheduled_time: scheduled } = state.details;
      const scheduledMs = typeof scheduled === 'string' ? Date.parse(scheduled) : Number.NaN;
      this.database.run(
        'UPDATE flow_runs SET owner = NULL, infrastructure_pid = NULL, scheduled_ms = ? WHERE id = ?',
        Number.isNaN(scheduledMs) ? nowMs : scheduledMs,
        run.id,
      );
    }
  }

  storeInfrastructurePid(id: string, infrastructurePid: string): void {
    this.#change('UPDATE flow_runs SET infrastructure_pid = ? WHERE id = ?', infrastructurePid, id);
  }

  storeResult(id: string, result: JsonObject): void {
    this.#change('UPDATE flow_runs SET result = ? WHERE id = ?', JSON.stringify(result), id);
  }

  addLabels(id: string, labels: Readonly<Record<string, string>>): void {
    this.#change('UPDATE flow_runs SET labels = json_patch(labels, ?) WHERE id = ?', JSON.stringify(labels), id);
  }

  attemptOf(id: string): {
    readonly number: number;
    readonly startedAtMs: number;
    readonly outputCursor: string | null;
  } {
    const row = this.database.get('SELECT attempt, attempt_started_ms, output_cursor FROM flow_runs WHERE id = ?', id);
    return {
      number: numberOf(row?.attempt) ?? 0,
      startedAtMs: numberOf(row?.attempt_started_ms) ?? 0,
      outputCursor: textOf(row?.output_cursor),
    };
  }

  #change(sql: string, value: SqlValue, id: string): void {
    if (this.database.run(sql, value, id) === 0) throw new NotFoundError('flow run', id);
  }

  #insertState(
    flowRunId: string,
    state: {
      readonly id: string;
      readonly type: StateType;
      readonly name: string;
      readonly message: string | null;
      readonly details: JsonObject;
      readonly nowMs: number;
    },
  ): void {
    this.database.run(
      'INSERT INTO flow_run_states (id, flow_run_id, type, name, timestamp_ms, message, details) VALUES (?, ?, ?, ?, ?, ?, ?)',
      state.id,
      flowRunId,
      state.type,
      state.name,
      state.nowMs,
      state.message,
      JSON.stringify(state.details),
    );
  }
}
