import { randomUUID } from 'node:crypto';
import { type Deployment, type JsonObject, stringifyJson } from '@worker-host/core';
import type { DeploymentView } from '../administration-types.js';
import type { EmbeddedDatabase, Row, SqlValue } from '../database/database.js';
import { parseJson, parseObject, textOf, timeText } from '../database/rows.js';
import { NotFoundError } from '../embedded-errors.js';
import { assertJobVariables } from '../input/job-variable-form.js';
import { assertName } from '../input/pool-input.js';
import type { LimitRule, RunConcurrency } from '../limits/limit-types.js';
import type { RunLimits } from '../limits/run-limits.js';
import type { Pools } from '../pools/pools.js';
import { assertJobPolicy, type JobPolicy } from '../runs/job-policy.js';
import { RunArrays } from '../runs/run-arrays.js';
import { assertRunPriority, USUAL_PRIORITY } from '../runs/run-order.js';
import { DeploymentSchedules } from '../schedules/deployment-schedules.js';
import type { Schedule, ScheduleView } from '../schedules/schedule-types.js';
import { assertSchedule } from '../schedules/schedules.js';

export interface NewDeployment {
  readonly name: string;
  readonly workPoolName: string;
  readonly workQueueName: string | null;
  readonly jobVariables: JsonObject;
  readonly parameters: JsonObject;
  readonly tags: readonly string[];
  readonly schedules: readonly Schedule[];
  /** Maximum number of its active runs. Default: no limit. */
  readonly limit?: LimitRule | null;
  /** Concurrency key of its runs, unless they have another. Default: none. */
  readonly concurrency?: RunConcurrency | null;
  /** Priority of its runs: 1 to 1000, 1 is the highest. Default: 100. */
  readonly priority?: number | null;
  /** Retries, rules and time limits of its runs. Default: none. */
  readonly policy?: JobPolicy | null;
  /** For people. Default: none. */
  readonly description?: string | null;
  /** The flow that it runs on a Prefect server. Example: `flows/etl.py:load`. Default: none. */
  readonly entrypoint?: string | null;
}

const SELECT = `
  SELECT d.*, p.name AS pool_name, q.name AS queue_name
  FROM deployments d JOIN work_pools p ON p.id = d.pool_id JOIN work_queues q ON q.id = d.queue_id`;

/** Deployments: named jobs, and when they run by themselves. */
export class Deployments {
  readonly #schedules: DeploymentSchedules;

  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly pools: Pools,
    private readonly limits: RunLimits,
    private readonly nowMs: () => number,
  ) {
    this.#schedules = new DeploymentSchedules(database, limits, nowMs);
  }

  list(): readonly DeploymentView[] {
    return this.database.all(`${SELECT} ORDER BY d.name`).map((row) => this.#toView(row));
  }

  read(name: string): DeploymentView {
    const found = this.#find(name);
    if (found) return found;
    throw new NotFoundError(
      'deployment',
      name,
      this.list().map((known) => known.name),
    );
  }

  #find(name: string): DeploymentView | null {
    const row = this.database.get(`${SELECT} WHERE d.name = ?`, name);
    return row ? this.#toView(row) : null;
  }

  findById(id: string): DeploymentView | null {
    const row = this.database.get(`${SELECT} WHERE d.id = ?`, id);
    return row ? this.#toView(row) : null;
  }

  findByFlow(flowId: string): DeploymentView | null {
    const row = this.database.get(`${SELECT} WHERE d.flow_id = ?`, flowId);
    return row ? this.#toView(row) : null;
  }

  /**
   * Creates a deployment, or replaces the one with the name, which keeps its id, its flow and its pause. Runs planned by its
   * old schedules are deleted if the schedules have changed.
   */
  create(deployment: NewDeployment): DeploymentView {
    assertName('deployment', deployment.name);
    for (const schedule of deployment.schedules) assertSchedule(schedule);
    if (deployment.policy) assertJobPolicy(deployment.policy);
    if (typeof deployment.priority === 'number') assertRunPriority(deployment.priority);
    assertJobVariables(this.pools.read(deployment.workPoolName), deployment.jobVariables);
    return this.database.write(() => {
      const before = this.#find(deployment.name);
      const pool = this.pools.read(deployment.workPoolName);
      const values: readonly SqlValue[] = [
        pool.id,
        this.pools.queueId(deployment.workPoolName, deployment.workQueueName),
        stringifyJson(deployment.jobVariables),
        stringifyJson(deployment.parameters),
        JSON.stringify(deployment.tags),
        deployment.concurrency ? JSON.stringify(deployment.concurrency) : null,
        deployment.policy ? JSON.stringify(deployment.policy) : null,
        deployment.priority ?? USUAL_PRIORITY,
        deployment.description ?? null,
        deployment.entrypoint ?? null,
        this.nowMs(),
      ];
      const id = before?.id ?? randomUUID();
      if (before === null) this.#insert(id, deployment.name, values);
      else
        this.database.run(
          `UPDATE deployments SET pool_id = ?, queue_id = ?, job_variables = ?, parameters = ?, tags = ?,
             concurrency = ?, policy = ?, priority = ?, description = ?, entrypoint = ?, updated_ms = ? WHERE id = ?`,
          ...values,
          id,
        );
      this.limits.setOwn({ deploymentId: id }, deployment.limit ?? null);
      const hasMoved = before?.workPoolName !== deployment.workPoolName;
      if (hasMoved || JSON.stringify(before?.schedules) !== JSON.stringify(deployment.schedules))
        this.#schedules.replace(id, deployment.schedules);
      return this.read(deployment.name);
    });
  }

  #insert(id: string, name: string, values: readonly SqlValue[]): void {
    this.database.run(
      `INSERT INTO deployments (pool_id, queue_id, job_variables, parameters, tags, concurrency, policy, priority,
         description, entrypoint, updated_ms, created_ms, id, flow_id, name)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...values,
      this.nowMs(),
      id,
      randomUUID(),
      name,
    );
  }

  /** A paused deployment plans no runs; planned ones are deleted, and planned again when it is resumed. */
  setPaused(name: string, isPaused: boolean): DeploymentView {
    this.database.write(() => {
      const { id } = this.read(name);
      const nowMs = this.nowMs();
      this.database.run(
        'UPDATE deployments SET is_paused = ?, updated_ms = ? WHERE id = ?',
        isPaused ? 1 : 0,
        nowMs,
        id,
      );
      this.#schedules.restart(id);
    });
    return this.read(name);
  }

  /**
   * Deletes the deployment and its scheduled runs; active runs continue. Waiting runs of arrays that have started are
   * cancelled.
   */
  delete(name: string): void {
    this.database.write(() => {
      const { id } = this.read(name);
      this.database.run(
        `DELETE FROM flow_runs WHERE deployment_id = ? AND state_type = 'SCHEDULED' AND array_id IS NULL`,
        id,
      );
      new RunArrays(this.database, this.limits, this.nowMs).cancelWaiting(id);
      this.database.run('DELETE FROM deployments WHERE id = ?', id);
    });
  }

  /** Returns the schedules of one deployment, or of all. @param nextTimes number of future times to compute. */
  scheduleViews(name: string | null, nextTimes: number): readonly ScheduleView[] {
    const deployments = name === null ? this.list() : [this.read(name)];
    return deployments.flatMap((deployment) => this.#schedules.views(deployment, nextTimes));
  }

  changeSchedules(name: string, change: (schedules: DeploymentSchedules, deploymentId: string) => void): void {
    this.database.write(() => change(this.#schedules, this.read(name).id));
  }

  #toView(row: Row): DeploymentView {
    const deployment: Omit<Deployment, 'json'> = {
      id: String(row.id),
      name: String(row.name),
      flowId: textOf(row.flow_id),
      updated: timeText(row.updated_ms),
      jobVariables: parseObject(row.job_variables),
      tags: parseJson(row.tags) as string[],
    };
    return {
      ...deployment,
      json: {
        id: deployment.id,
        name: deployment.name,
        flow_id: deployment.flowId,
        updated: deployment.updated,
        job_variables: deployment.jobVariables,
        parameters: parseObject(row.parameters),
        tags: deployment.tags,
        work_pool_name: textOf(row.pool_name),
        work_queue_name: textOf(row.queue_name),
        paused: row.is_paused === 1,
      },
      workPoolName: String(row.pool_name),
      workQueueName: textOf(row.queue_name),
      parameters: parseObject(row.parameters),
      schedules: this.#schedules.list(deployment.id),
      limit: this.limits.ownRule({ deploymentId: deployment.id }),
      concurrency: row.concurrency === null ? null : (parseJson(row.concurrency) as unknown as RunConcurrency),
      priority: Number(row.priority),
      policy: row.policy === null ? null : (parseObject(row.policy) as JobPolicy),
      description: textOf(row.description),
      entrypoint: textOf(row.entrypoint),
      isPaused: row.is_paused === 1,
    };
  }
}
