import { randomUUID } from 'node:crypto';
import { type JsonObject, stringifyJson, type WorkPool } from '@worker-host/core';
import type { PoolLimits, WorkPoolContents, WorkQueue } from '../administration-types.js';
import type { EmbeddedDatabase, Row } from '../database/database.js';
import { numberOf, toWorkPool } from '../database/rows.js';
import { HAS_SLOT } from '../database/run-filter.js';
import { isUniqueBreach } from '../database/sqlite-failure.js';
import { AlreadyExistsError, NotFoundError, PoolInputError, WorkPoolInUseError } from '../embedded-errors.js';
import { assertBaseJobTemplate } from '../input/job-variable-form.js';
import { assertLimit, assertName, assertPoolLimits, assertPriority } from '../input/pool-input.js';

const DEFAULT_QUEUE = 'default';

export interface NewWorkPool extends PoolLimits {
  readonly name: string;
  readonly type: string;
  readonly baseJobTemplate: JsonObject;
  readonly isPaused?: boolean;
}

export interface WorkPoolChange extends PoolLimits {
  readonly baseJobTemplate?: JsonObject;
  readonly isPaused?: boolean;
}

/** Work pools and their queues. */
export class Pools {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly nowMs: () => number,
  ) {}

  list(): readonly WorkPool[] {
    return this.database.all('SELECT * FROM work_pools ORDER BY name').map(toWorkPool);
  }

  find(name: string): WorkPool | null {
    const row = this.database.get('SELECT * FROM work_pools WHERE name = ?', name);
    return row ? toWorkPool(row) : null;
  }

  /** @throws NotFoundError naming the pools there are. */
  read(name: string): WorkPool {
    const pool = this.find(name);
    if (pool) return pool;
    throw new NotFoundError(
      'work pool',
      name,
      this.list().map((known) => known.name),
    );
  }

  create(pool: NewWorkPool): WorkPool {
    assertName('work pool', pool.name);
    assertPoolLimits(pool);
    assertBaseJobTemplate(pool.baseJobTemplate);
    const nowMs = this.nowMs();
    const id = randomUUID();
    try {
      this.database.write(() => {
        this.database.run(
          `INSERT INTO work_pools
             (id, name, type, base_job_template, is_paused, concurrency_limit, vcpu_limit, memory_limit_mib, created_ms, updated_ms)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          id,
          pool.name,
          pool.type,
          stringifyJson(pool.baseJobTemplate),
          pool.isPaused ? 1 : 0,
          pool.concurrencyLimit ?? null,
          pool.vcpuLimit ?? null,
          pool.memoryLimitMib ?? null,
          nowMs,
          nowMs,
        );
        this.#insertQueue(id, DEFAULT_QUEUE, 1, null);
      });
    } catch (error) {
      if (isUniqueBreach(error)) throw new AlreadyExistsError('work pool', pool.name);
      throw error;
    }
    return this.read(pool.name);
  }

  update(name: string, change: WorkPoolChange): WorkPool {
    assertPoolLimits(change);
    if (change.baseJobTemplate !== undefined) assertBaseJobTemplate(change.baseJobTemplate);
    this.database.write(() => {
      const pool = this.read(name);
      const { concurrencyLimit, vcpuLimit, memoryLimitMib }: PoolLimits = { ...pool, ...change };
      this.database.run(
        `UPDATE work_pools SET base_job_template = ?, is_paused = ?, concurrency_limit = ?, vcpu_limit = ?, memory_limit_mib = ?,
           updated_ms = ? WHERE id = ?`,
        stringifyJson(change.baseJobTemplate ?? pool.baseJobTemplate),
        (change.isPaused ?? pool.isPaused) ? 1 : 0,
        concurrencyLimit ?? null,
        vcpuLimit ?? null,
        memoryLimitMib ?? null,
        this.nowMs(),
        pool.id,
      );
    });
    return this.read(name);
  }

  /** Deletes the pool with its queues, deployments and runs. @throws WorkPoolInUseError while runs are alive. */
  delete(name: string): void {
    this.database.write(() => {
      const pool = this.read(name);
      const alive = this.activeRuns('pool_id', pool.id);
      if (alive > 0) throw new WorkPoolInUseError('work pool', name, alive);
      this.database.run('DELETE FROM work_pools WHERE id = ?', pool.id);
    });
  }

  /** How much is deleted with a pool. */
  contents(name: string): WorkPoolContents {
    const { id } = this.read(name);
    const row = this.database.get(
      `SELECT (SELECT count(*) FROM deployments WHERE pool_id = p.id) AS deployments,
         (SELECT count(*) FROM deployment_schedules s JOIN deployments d ON d.id = s.deployment_id
          WHERE d.pool_id = p.id) AS schedules,
         (SELECT count(*) FROM flow_runs WHERE pool_id = p.id) AS runs,
         (SELECT count(*) FROM flow_runs WHERE pool_id = p.id AND state_type = 'SCHEDULED') AS waiting_runs,
         (SELECT count(*) FROM logs l JOIN flow_runs r ON r.id = l.flow_run_id WHERE r.pool_id = p.id) AS log_lines
       FROM work_pools p WHERE p.id = ?`,
      id,
    );
    return {
      deployments: Number(row?.deployments),
      schedules: Number(row?.schedules),
      runs: Number(row?.runs),
      waitingRuns: Number(row?.waiting_runs),
      logLines: Number(row?.log_lines),
    };
  }

  /** Runs that hold a slot of the pool or queue: pending, running, or being cancelled. */
  activeRuns(column: 'pool_id' | 'queue_id', id: string): number {
    const row = this.database.get(`SELECT count(*) AS active FROM flow_runs WHERE ${column} = ? AND ${HAS_SLOT}`, id);
    return Number(row?.active);
  }

  listQueues(poolName: string): readonly WorkQueue[] {
    const pool = this.read(poolName);
    return this.database
      .all('SELECT * FROM work_queues WHERE pool_id = ? ORDER BY priority, name', pool.id)
      .map(toWorkQueue);
  }

  /** The id of a queue; null: the pool's default. @throws NotFoundError */
  queueId(poolName: string, queueName: string | null): string {
    return this.queueIdOf(this.read(poolName), queueName);
  }

  /** As {@link queueId}, of a pool that was read in the same transaction. */
  queueIdOf({ id, name: poolName }: WorkPool, queueName: string | null): string {
    const name = queueName ?? DEFAULT_QUEUE;
    const row = this.database.get('SELECT id FROM work_queues WHERE pool_id = ? AND name = ?', id, name);
    if (row) return String(row.id);
    throw new NotFoundError(
      'work queue',
      name,
      this.listQueues(poolName).map((queue) => queue.name),
    );
  }

  /** Without a priority it comes after all others; with one, those from there on make room. */
  createQueue(
    poolName: string,
    queue: { readonly name: string; readonly priority?: number; readonly concurrencyLimit?: number | null },
  ): WorkQueue {
    assertName('work queue', queue.name);
    assertLimit(queue.concurrencyLimit);
    assertPriority(queue.priority);
    try {
      return this.database.write(() => {
        const pool = this.read(poolName);
        const last = this.database.get('SELECT max(priority) AS priority FROM work_queues WHERE pool_id = ?', pool.id);
        const priority = queue.priority ?? Number(last?.priority) + 1;
        this.#makeRoom(pool.id, priority);
        this.#insertQueue(pool.id, queue.name, priority, queue.concurrencyLimit ?? null);
        return this.#readQueue(poolName, queue.name);
      });
    } catch (error) {
      if (isUniqueBreach(error)) throw new AlreadyExistsError('work queue', queue.name);
      throw error;
    }
  }

  updateQueue(
    poolName: string,
    name: string,
    change: { readonly priority?: number; readonly concurrencyLimit?: number | null; readonly isPaused?: boolean },
  ): WorkQueue {
    assertLimit(change.concurrencyLimit);
    assertPriority(change.priority);
    return this.database.write(() => {
      const pool = this.read(poolName);
      const id = this.queueId(poolName, name);
      const queue = this.#readQueue(poolName, name);
      const priority = change.priority ?? queue.priority;
      if (priority !== queue.priority) this.#makeRoom(pool.id, priority);
      this.database.run(
        'UPDATE work_queues SET priority = ?, concurrency_limit = ?, is_paused = ? WHERE id = ?',
        priority,
        change.concurrencyLimit === undefined ? queue.concurrencyLimit : change.concurrencyLimit,
        (change.isPaused ?? queue.isPaused) ? 1 : 0,
        id,
      );
      return this.#readQueue(poolName, name);
    });
  }

  /** Deletes a queue; its runs and deployments move to the default one. */
  deleteQueue(poolName: string, name: string): void {
    if (name === DEFAULT_QUEUE)
      throw new PoolInputError('work queue', ['the default queue of a pool cannot be deleted']);
    this.database.write(() => {
      const id = this.queueId(poolName, name);
      const alive = this.activeRuns('queue_id', id);
      if (alive > 0) throw new WorkPoolInUseError('work queue', `${poolName}/${name}`, alive);
      const fallback = this.queueId(poolName, null);
      this.database.run('UPDATE flow_runs SET queue_id = ? WHERE queue_id = ?', fallback, id);
      this.database.run('UPDATE deployments SET queue_id = ? WHERE queue_id = ?', fallback, id);
      this.database.run('DELETE FROM work_queues WHERE id = ?', id);
    });
  }

  #insertQueue(poolId: string, name: string, priority: number, concurrencyLimit: number | null): void {
    this.database.run(
      'INSERT INTO work_queues (id, pool_id, name, priority, concurrency_limit) VALUES (?, ?, ?, ?, ?)',
      randomUUID(),
      poolId,
      name,
      priority,
      concurrencyLimit,
    );
  }

  /** No two queues of a pool have one priority: those from the taken one on move back by one. */
  #makeRoom(poolId: string, priority: number): void {
    const taken = this.database.get('SELECT 1 FROM work_queues WHERE pool_id = ? AND priority = ?', poolId, priority);
    if (taken === null) return;
    this.database.run(
      'UPDATE work_queues SET priority = priority + 1 WHERE pool_id = ? AND priority >= ?',
      poolId,
      priority,
    );
  }

  #readQueue(poolName: string, name: string): WorkQueue {
    const row = this.database.get('SELECT * FROM work_queues WHERE id = ?', this.queueId(poolName, name));
    if (!row) throw new NotFoundError('work queue', name);
    return toWorkQueue(row);
  }
}

function toWorkQueue(row: Row): WorkQueue {
  return {
    name: String(row.name),
    priority: Number(row.priority),
    concurrencyLimit: numberOf(row.concurrency_limit),
    isPaused: row.is_paused === 1,
  };
}
