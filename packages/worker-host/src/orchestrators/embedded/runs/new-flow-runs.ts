import { randomUUID } from 'node:crypto';
import { expandDottedVariables, type JsonObject, stringifyJson, type WorkPool } from '@worker-host/core';
import type { DeploymentView } from '../administration-types.js';
import type { EmbeddedDatabase } from '../database/database.js';
import { IS_OPEN } from '../database/run-filter.js';
import type { Deployments } from '../deployments/deployments.js';
import { PoolInputError } from '../embedded-errors.js';
import { assertJobVariables } from '../input/job-variable-form.js';
import { assertRunName } from '../input/pool-input.js';
import type { RunConcurrency } from '../limits/limit-types.js';
import type { RunLimits } from '../limits/run-limits.js';
import type { Pools } from '../pools/pools.js';
import { assertJobPolicy, type JobPolicy, mergePolicies } from './job-policy.js';
import { type ArrayRunPolicy, assertRunArray, type RunArray, RunArrays } from './run-arrays.js';
import { type Following, RunDependencies } from './run-dependencies.js';
import { randomRunName } from './run-name.js';
import { assertRunPriority, assertUniqueness, type Uniqueness, USUAL_PRIORITY } from './run-order.js';
import { insertState } from './state-history.js';

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

/** What a new run belongs to. */
interface Belonging {
  readonly deployment: DeploymentView | null;
  readonly pool: WorkPool;
}

/** A run that was created, or that existed. */
interface MadeRun {
  readonly id: string;
  readonly isNew: boolean;
  readonly deployment: DeploymentView | null;
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

  /** Creates a run, unless an idempotency or unique key has made it before. */
  create(run: NewFlowRun): MadeRun {
    if (run.scheduleId === undefined) this.#assertFits(run);
    return this.database.write(() => {
      const belonging = this.#belongingOf(run);
      const { deployment } = belonging;
      const existing = this.#idByKey(run, belonging) ?? this.#idByUniqueness(run, belonging);
      if (existing !== null) return { id: existing, isNew: false, deployment };
      return { id: this.#insert(run, belonging), isNew: true, deployment };
    });
  }

  #assertFits(run: NewFlowRun): void {
    if (run.name !== null) assertRunName(run.name);
    if (run.policy) assertJobPolicy(run.policy);
    if (typeof run.priority === 'number') assertRunPriority(run.priority);
    if (run.unique) assertUniqueness(run.unique);
    if (run.array) assertRunArray(run.array);
    const { deployment, pool } = this.#belongingOf(run);
    if (this.#idByKey(run, { deployment, pool }) !== null) return;
    assertJobVariables(pool, deployment?.jobVariables ?? {}, run.jobVariables);
  }

  #belongingOf(run: NewFlowRun): Belonging {
    const deployment = run.deploymentName === null ? null : this.deployments.read(run.deploymentName);
    const poolName = deployment?.workPoolName ?? run.workPoolName;
    if (poolName === null) throw new PoolInputError('run', ['it needs a deployment or a work pool']);
    return { deployment, pool: this.pools.read(poolName) };
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

  #insert(run: NewFlowRun, { deployment, pool }: Belonging): string {
    const id = randomUUID();
    const nowMs = this.nowMs();
    const scheduledMs = Math.round(run.scheduledForMs ?? nowMs);
    const own = policyColumns(mergePolicies(deployment?.policy ?? null, run.policy ?? null), scheduledMs);
    const { policy, deadlineMs } = run.array ? NO_POLICY : own;
    this.database.run(
      `INSERT INTO flow_runs (id, name, flow_id, deployment_id, pool_id, queue_id, job_variables, parameters, tags,
         idempotency_key, expected_start_ms, scheduled_ms, created_ms, auto_scheduled, schedule_id,
         policy, deadline_ms, priority, unique_key, labels, state_id, state_type, state_name)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', 'SCHEDULED', 'Scheduled')`,
      id,
      run.name ?? randomRunName(),
      deployment?.flowId ?? pool.id,
      deployment?.id ?? null,
      pool.id,
      this.pools.queueId(pool.name, run.workQueueName ?? deployment?.workQueueName ?? null),
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
    );
    const details = { scheduled_time: new Date(scheduledMs).toISOString() };
    insertState(this.database, id, { type: 'SCHEDULED', name: 'Scheduled', message: null, details }, nowMs);
    if (run.after) this.#dependencies.add(id, run.after);
    if (run.array) this.#arrays.fill(id, run.array, own);
    if (deployment !== null) this.limits.addOwnKeys(id, deployment.id, run.scheduleId ?? null);
    const concurrency = run.concurrency ?? deployment?.concurrency ?? null;
    if (concurrency !== null) this.limits.addKey(id, concurrency);
    return id;
  }
}

/** A policy as its columns have it. */
function policyColumns(policy: JobPolicy | null, scheduledMs: number): ArrayRunPolicy {
  const queueSeconds = policy?.limits?.queueSeconds;
  return {
    policy: policy === null ? null : JSON.stringify(policy),
    deadlineMs: queueSeconds === undefined ? null : Math.round(scheduledMs + queueSeconds * 1000),
  };
}
