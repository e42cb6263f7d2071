import { randomUUID } from 'node:crypto';
import type { JsonObject, WorkPool } from '@worker-host/core';
import type { WorkQueue } from '../../cli/administration-port.js';
import { type EmbeddedDatabase, isUniqueBreach, type Row } from './database.js';
import { AlreadyExistsError, NotFoundError, PoolInputError, WorkPoolInUseError } from './embedded-errors.js';
import { numberOf, toWorkPool } from './rows.js';

const DEFAULT_QUEUE = 'default';

export interface NewWorkPool {
  readonly name: string;
  readonly type: string;
  readonly baseJobTemplate: JsonObject;
  readonly concurrencyLimit?: number | null;
  readonly isPaused?: boolean;
}

export interface WorkPoolChange {
  readonly baseJobTemplate?: JsonObject;
  readonly isPaused?: boolean;
  readonly concurrencyLimit?: number | null;
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
    assertLimit(pool.concurrencyLimit);
    const nowMs = this.nowMs();
    const id = randomUUID();
    try {
      this.database.write(() => {
        this.database.run(
          `INSERT INTO work_pools (id, name, type, base_job_template, is_paused, concurrency_limit, created_ms, updated_ms)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
          id,
          pool.name,
          pool.type,
          JSON.stringify(pool.baseJobTemplate),
          pool.isPaused ? 1 : 0,
          pool.concurrencyLimit ?? null,
          nowMs,
          nowMs,
        );
        this.database.run(
          'INSERT INTO work_queues (id, pool_id, name) VALUES (?, ?, ?)',
          randomUUID(),
          id,
          DEFAULT_QUEUE,
        );
      });
    } catch (error) {
      if (isUniqueBreach(error)) throw new AlreadyExistsError('work pool', pool.name);
      throw error;
    }
    return this.read(pool.name);
  }

  update(name: string, change: WorkPoolChange): WorkPool {
    assertLimit(change.concurrencyLimit);
    this.database.write(() => {
      const pool = this.read(name);
      this.database.run(
        'UPDATE work_pools SET base_job_template = ?, is_paused = ?, concurrency_limit = ?, updated_ms = ? WHERE id = ?',
        JSON.stringify(change.baseJobTemplate ?? pool.baseJobTemplate),
        (change.isPaused ?? pool.isPaused) ? 1 : 0,
        change.concurrencyLimit === undefined ? pool.concurrencyLimit : change.concurrencyLimit,
        this.nowMs(),
        pool.id,
      );
    });
    return this.read(name);
  }

  /** @throws WorkPoolInUseError while runs are alive. */
  delete(name: string): void {
    this.database.write(() => {
      const pool = this.read(name);
      const alive = this.activeRuns('pool_id', pool.id);
      if (alive > 0) throw new WorkPoolInUseError(name, alive);
      this.database.run('DELETE FROM logs WHERE flow_run_id IN (SELECT id FROM flow_runs WHERE pool_id = ?)', pool.id);
      this.database.run('DELETE FROM work_pools WHERE id = ?', pool.id);
    });
  }

  /** Runs that hold a slot of the pool or queue: pending, running, or being cancelled. */
  activeRuns(column: 'pool_id' | 'queue_id', id: string): number {
    const row = this.database.get(
      `SELECT count(*) AS active FROM flow_runs WHERE ${column} = ? AND state_type IN ('PENDING', 'RUNNING', 'CANCELLING')`,
      id,
    );
    return numberOf(row?.active) ?? 0;
  }

  listQueues(poolName: string): readonly WorkQueue[] {
    const pool = this.read(poolName);
    return this.database
      .all('SELECT * FROM work_queues WHERE pool_id = ? ORDER BY priority, name', pool.id)
      .map(toWorkQueue);
  }

  /** The id of a queue; null: the pool's default. @throws NotFoundError */
  queueId(poolName: string, queueName: string | null): string {
    const pool = this.read(poolName);
    const name = queueName ?? DEFAULT_QUEUE;
    const row = this.database.get('SELECT id FROM work_queues WHERE pool_id = ? AND name = ?', pool.id, name);
    if (row) return String(row.id);
    throw new NotFoundError(
      'work queue',
      name,
      this.listQueues(poolName).map((queue) => queue.name),
    );
  }

  createQueue(
    poolName: string,
    queue: { readonly name: string; readonly priority?: number; readonly concurrencyLimit?: number | null },
  ): WorkQueue {
    assertName('work queue', queue.name);
    assertLimit(queue.concurrencyLimit);
    assertPriority(queue.priority);
    const pool = this.read(poolName);
    try {
      this.database.run(
        'INSERT INTO work_queues (id, pool_id, name, priority, concurrency_limit) VALUES (?, ?, ?, ?, ?)',
        randomUUID(),
        pool.id,
        queue.name,
        queue.priority ?? 1,
        queue.concurrencyLimit ?? null,
      );
    } catch (error) {
      if (isUniqueBreach(error)) throw new AlreadyExistsError('work queue', queue.name);
      throw error;
    }
    return this.#readQueue(poolName, queue.name);
  }

  updateQueue(
    poolName: string,
    name: string,
    change: { readonly priority?: number; readonly concurrencyLimit?: number | null; readonly isPaused?: boolean },
  ): WorkQueue {
    assertLimit(change.concurrencyLimit);
    assertPriority(change.priority);
    this.database.write(() => {
      const id = this.queueId(poolName, name);
      const queue = this.#readQueue(poolName, name);
      this.database.run(
        'UPDATE work_queues SET priority = ?, concurrency_limit = ?, is_paused = ? WHERE id = ?',
        change.priority ?? queue.priority,
        change.concurrencyLimit === undefined ? queue.concurrencyLimit : change.concurrencyLimit,
        (change.isPaused ?? queue.isPaused) ? 1 : 0,
        id,
      );
    });
    return this.#readQueue(poolName, name);
  }

  deleteQueue(poolName: string, name: string): void {
    if (name === DEFAULT_QUEUE)
      throw new PoolInputError('work queue', ['the default queue of a pool cannot be deleted']);
    this.database.write(() => {
      const id = this.queueId(poolName, name);
      const alive = this.activeRuns('queue_id', id);
      if (alive > 0) throw new WorkPoolInUseError(`${poolName}/${name}`, alive);
      const fallback = this.queueId(poolName, null);
      this.database.run('UPDATE flow_runs SET queue_id = ? WHERE queue_id = ?', fallback, id);
      this.database.run('UPDATE deployments SET queue_id = ? WHERE queue_id = ?', fallback, id);
      this.database.run('DELETE FROM work_queues WHERE id = ?', id);
    });
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
    priority: numberOf(row.priority) ?? 1,
    concurrencyLimit: numberOf(row.concurrency_limit),
    isPaused: row.is_paused === 1,
  };
}

/** @throws PoolInputError for a name that is empty or holds `/`, `%`, `&`, `<`, `>`. */
export function assertName(noun: string, name: string): void {
  if (name.trim() === '' || /[/%&<>]/.test(name)) {
    throw new PoolInputError(noun, [
      `its name must hold a character and none of / % & < > (found: ${JSON.stringify(name)})`,
    ]);
  }
}

function assertLimit(limit: number | null | undefined): void {
  if (limit === null || limit === undefined || (Number.isInteger(limit) && limit >= 0)) return;
  throw new PoolInputError('concurrency limit', [`it must be a whole number of 0 or more (found: ${limit})`]);
}

function assertPriority(priority: number | undefined): void {
  if (priority === undefined || (Number.isInteger(priority) && priority >= 1)) return;
  throw new PoolInputError('priority', [
    `it must be a whole number of 1 or more, 1 the most urgent (found: ${priority})`,
  ]);
}
