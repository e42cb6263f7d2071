import { randomUUID } from 'node:crypto';
import { expandDottedVariables, type JsonObject, type State, stringifyJson } from '@worker-host/core';
import type { DeploymentView } from '../administration-types.js';
import type { EmbeddedDatabase } from '../database/database.js';
import { IS_OPEN } from '../database/run-filter.js';
import type { Deployments } from '../deployments/deployments.js';
import { assertJobVariables } from '../input/job-variable-form.js';
import { assertRunName } from '../input/pool-input.js';
import type { RunConcurrency } from '../limits/limit-types.js';
import type { RunLimits } from '../limits/run-limits.js';
import type { Pools } from '../pools/pools.js';
import { type Belonging, Belongings } from './belongings.js';
import { assertJobPolicy, type JobPolicy, mergePolicies } from './job-policy.js';
import { type ArrayRunPolicy, assertRunArray, type RunArray, RunArrays } from './run-arrays.js';
import { type Following, RunDependencies } from './run-dependencies.js';
import { randomRunName } from './run-name.js';
import { assertRunPriority, assertUniqueness, type Uniqueness, USUAL_PRIORITY } from './run-order.js';
import { insertStates, toNewState } from './state-history.js';

export interface NewFlowRun {
  readonly deploymentName: string | null;
  readonly workPoolName: string | null;
  readonly workQueueName: string | null;
  readonly name: string | null;
  readonly jobVariables: JsonObject;
  readonly parameters: JsonObject;
  readonly tags: readonly string[];
  /** With the same key a second time, the same run is answered; within a deployment, or a pool. */
  readonly idempotencyKey: string | null;
  readonly scheduledForMs: number | null;
  /** The key that it counts for. Default: none. */
  readonly concurrency?: RunConcurrency | null;
  /** Retries, rules and time limits, over those of its deployment. Default: as the deployment's. */
  readonly policy?: JobPolicy | null;
  /** 1 to 1000, 1 the most urgent. Default: the deployment's, or 100. */
  readonly priority?: number | null;
  /** With a run of the same key there, that one is answered. Default: no key. */
  readonly unique?: Uniqueness | null;
  /** The runs that it follows. Default: none. */
  readonly after?: Following | null;
  /** Makes it an array of as many runs. Default: one run. */
  readonly array?: RunArray | null;
  /** Default: none. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The schedule that asks for it: then its job variables were looked at with the deployment. */
  readonly scheduleId?: string;
}

/** That of an array: its runs have one. */
const NO_POLICY: ArrayRunPolicy = { policy: null, deadlineMs: null };

/** A run that was created, or that existed. */
interface MadeRun {
  readonly id: string;
  readonly isNew: boolean;
  readonly deployment: DeploymentView | null;
}

/** A run that is inserted. */
interface InsertedRun {
  readonly id: string;
  readonly state: State;
}

/** Makes runs. */
export class NewFlowRuns {
  readonly #dependencies: RunDependencies;
  readonly #arrays: RunArrays;

  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly pools: Pools,
    private readonly deployments: Deployments,
    private readonly limits: RunLimits,
    private readonly nowMs: () => number,
  ) {
    this.#dependencies = new RunDependencies(database);
    this.#arrays = new RunArrays(database, limits, nowMs);
  }

  /** Creates runs, each unless an idempotency or unique key has made it before. */
  createAll(runs: readonly NewFlowRun[]): readonly MadeRun[] {
    for (const run of runs) assertStated(run);
    return this.database.write(() => {
      const belongings = new Belongings(this.pools, this.deployments);
      const inserted: InsertedRun[] = [];
      const made = runs.map((run) => {
        const belonging = belongings.of(run);
        const { deployment, pool } = belonging;
        const byKey = this.#idByKey(run, belonging);
        if (byKey === null && run.scheduleId === undefined)
          assertJobVariables(pool, deployment?.jobVariables ?? {}, run.jobVariables);
        const existing = byKey ?? this.#idByUniqueness(run, belonging);
        if (existing !== null) return { id: existing, isNew: false, deployment };
        const { id, state } = this.#insert(run, belonging);
        inserted.push({ id, state });
        return { id, isNew: true, deployment };
      });
      insertStates(this.database, inserted);
      return made;
    });
  }

  #idByKey({ idempotencyKey }: NewFlowRun, { deployment, pool }: Belonging): string | null {
    if (idempotencyKey === null) return null;
    const known = this.database.get(
      'SELECT id FROM flow_runs WHERE coalesce(deployment_id, pool_id) = ? AND idempotency_key = ?',
      deployment?.id ?? pool.id,
      idempotencyKey,
    );
    return known ? String(known.id) : null;
  }

  #idByUniqueness({ unique }: NewFlowRun, { deployment, pool }: Belonging): string | null {
    if (!unique) return null;
    const isThere =
      unique.forSeconds === undefined
        ? unique.while === 'waiting'
          ? `state_type = 'SCHEDULED'`
          : IS_OPEN
        : `created_ms > ${this.nowMs() - Math.round(unique.forSeconds * 1000)}`;
    const known = this.database.get(
      `SELECT id FROM flow_runs WHERE coalesce(deployment_id, pool_id) = ? AND unique_key = ? AND ${isThere}
       ORDER BY created_ms DESC LIMIT 1`,
      deployment?.id ?? pool.id,
      unique.key,
    );
    return known ? String(known.id) : null;
  }

  #insert(run: NewFlowRun, { deployment, pool, queueId }: Belonging): InsertedRun {
    const id = randomUUID();
    const nowMs = this.nowMs();
    const scheduledMs = Math.round(run.scheduledForMs ?? nowMs);
    const own = policyColumns(mergePolicies(deployment?.policy ?? null, run.policy ?? null), scheduledMs);
    const { policy, deadlineMs } = run.array ? NO_POLICY : own;
    const details = { scheduled_time: new Date(scheduledMs).toISOString() };
    const state = toNewState({ type: 'SCHEDULED', name: 'Scheduled', message: null, details }, nowMs);
    this.database.run(
      `INSERT INTO flow_runs (id, name, flow_id, deployment_id, pool_id, queue_id, job_variables, parameters, tags,
         idempotency_key, expected_start_ms, scheduled_ms, created_ms, auto_scheduled, schedule_id,
         policy, deadline_ms, priority, unique_key, labels, state_id, state_type, state_name, state_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'SCHEDULED', 'Scheduled', ?)`,
      id,
      run.name ?? randomRunName(),
      deployment?.flowId ?? pool.id,
      deployment?.id ?? null,
      pool.id,
      queueId,
      stringifyJson(expandDottedVariables(run.jobVariables)),
      stringifyJson({ ...deployment?.parameters, ...run.parameters }),
      JSON.stringify([...new Set([...(deployment?.tags ?? []), ...run.tags])]),
      run.idempotencyKey,
      scheduledMs,
      scheduledMs,
      nowMs,
      run.scheduleId === undefined ? 0 : 1,
      run.scheduleId ?? null,
      policy,
      deadlineMs,
      run.priority ?? deployment?.priority ?? USUAL_PRIORITY,
      run.unique?.key ?? null,
      JSON.stringify(run.labels ?? {}),
      state.id,
      nowMs,
    );
    if (run.after) this.#dependencies.add(id, run.after);
    if (run.array) this.#arrays.fill(id, run.array, own, state);
    if (deployment !== null) this.limits.addOwnKeys(id, deployment.id, run.scheduleId ?? null);
    const concurrency = run.concurrency ?? deployment?.concurrency ?? null;
    if (concurrency !== null) this.limits.addKey(id, concurrency);
    return { id, state };
  }
}

/** @throws PoolInputError naming what is wrong with the run itself */
function assertStated({ name, policy, priority, unique, array }: NewFlowRun): void {
  if (name !== null) assertRunName(name);
  if (policy) assertJobPolicy(policy);
  if (typeof priority === 'number') assertRunPriority(priority);
  if (unique) assertUniqueness(unique);
  if (array) assertRunArray(array);
}

/** A policy as its columns have it. */
function policyColumns(policy: JobPolicy | null, scheduledMs: number): ArrayRunPolicy {
  const queueSeconds = policy?.limits?.queueSeconds;
  return {
    policy: policy === null ? null : JSON.stringify(policy),
    deadlineMs: queueSeconds === undefined ? null : Math.round(scheduledMs + queueSeconds * 1000),
  };
}
