import type { FlowRun } from '@worker-host/core';
import type { EmbeddedDatabase, Row } from '../database/database.js';
import { numberOf, parseJson, RUN_JOINS, RUN_JSON, toReadableFlowRuns } from '../database/rows.js';
import type { PoolRoom } from '../limits/pool-room.js';
import type { RunLimits } from '../limits/run-limits.js';
import type { Pools } from '../pools/pools.js';
import { LONGEST_PUT_BACK_MS } from '../runs/run-order.js';

const MOST_AT_ONCE = 200;

/** Runs of a queue that are due before a time. */
interface DueQueue {
  readonly poolId: string;
  readonly queueId: string;
  readonly beforeMs: number;
}

/** Which runs are due, in the order in which they are to be claimed. */
export class DueRuns {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly pools: Pools,
    private readonly limits: RunLimits,
    private readonly poolRoom: PoolRoom,
  ) {}

  /**
   * Runs due before a time, by queue priority, then by time and priority of the run: a step of priority is worth a minute,
   * so that what waits long enough comes first; no more than pool,
   * queues and limits have room for.
   */
  list(poolName: string, queueNames: readonly string[], beforeMs: number, limit: number | null): readonly FlowRun[] {
    const pool = this.pools.find(poolName);
    if (!pool || pool.isPaused) return [];
    const free =
      pool.concurrencyLimit === null ? MOST_AT_ONCE : pool.concurrencyLimit - this.pools.activeRuns('pool_id', pool.id);
    const most = Math.min(free, limit ?? MOST_AT_ONCE, MOST_AT_ONCE);
    if (most <= 0) return [];
    const queues = this.database.all(
      'SELECT * FROM work_queues WHERE pool_id = ? AND is_paused = 0 ORDER BY priority, name',
      pool.id,
    );
    const room = new Map(this.limits.contended().map(({ key, free: begins }) => [key, begins]));
    const due: FlowRun[] = [];
    for (const queue of queues) {
      if (queueNames.length > 0 && !queueNames.includes(String(queue.name))) continue;
      const queueLimit = numberOf(queue.concurrency_limit);
      const queueFree = queueLimit === null ? most : queueLimit - this.pools.activeRuns('queue_id', String(queue.id));
      const wanted = Math.min(most - due.length, queueFree);
      if (wanted > 0)
        due.push(...this.#ofQueue({ poolId: pool.id, queueId: String(queue.id), beforeMs }, wanted, room));
    }
    return due;
  }

  /** @param room how many runs of each key may begin; what is taken is taken from it. */
  #ofQueue(queue: DueQueue, wanted: number, room: Map<string, number>): readonly FlowRun[] {
    const due: FlowRun[] = [];
    for (let after: Row | null = null; due.length < wanted; ) {
      const missing: number = wanted - due.length;
      const page: readonly Row[] = this.#page(queue, after, missing, room);
      due.push(...this.#takeRoom(toReadableFlowRuns(page), room));
      if (page.length < missing) break;
      after = page.at(-1) ?? null;
    }
    return due;
  }

  /** The next runs of a queue, without those of keys that have no room. */
  #page({ poolId, queueId, beforeMs }: DueQueue, after: Row | null, most: number, room: Map<string, number>) {
    const full = [...room].filter(([, free]) => free <= 0).map(([key]) => key);
    const isFree =
      full.length === 0
        ? ''
        : `AND NOT EXISTS (SELECT 1 FROM flow_run_keys k WHERE k.flow_run_id = r.id
             AND k.key IN (SELECT value FROM json_each(?)))`;
    const offered = this.poolRoom.offered(poolId);
    return this.database.all(
      `SELECT ${RUN_JSON}, r.order_ms, r.scheduled_ms, r.rowid FROM flow_runs r INDEXED BY flow_runs_due ${RUN_JOINS}
       WHERE r.queue_id = ? AND r.pool_id = ? AND r.state_type = 'SCHEDULED' AND r.is_array = 0
         AND r.order_ms <= ? AND r.scheduled_ms <= ? AND r.waits_for = 0 ${isFree} ${offered?.sql ?? ''}
         ${after === null ? '' : 'AND (r.order_ms, r.scheduled_ms, r.rowid) > (?, ?, ?)'}
       ORDER BY r.order_ms, r.scheduled_ms, r.rowid LIMIT ?`,
      queueId,
      poolId,
      beforeMs + LONGEST_PUT_BACK_MS,
      beforeMs,
      ...(full.length === 0 ? [] : [JSON.stringify(full)]),
      ...(offered?.parameters ?? []),
      ...(after === null ? [] : [after.order_ms ?? 0, after.scheduled_ms ?? 0, after.rowid ?? 0]),
      most,
    );
  }

  /** Those for which limits have room. */
  #takeRoom(runs: readonly FlowRun[], room: Map<string, number>): readonly FlowRun[] {
    const keys = room.size === 0 ? null : this.#keysOf(runs);
    return runs.filter(({ id }) => takeRoom(keys?.get(id) ?? [], room));
  }

  #keysOf(runs: readonly FlowRun[]): ReadonlyMap<string, readonly string[]> {
    const rows = this.database.all(
      `SELECT flow_run_id, json_group_array(key) AS keys FROM flow_run_keys
       WHERE flow_run_id IN (SELECT value FROM json_each(?)) GROUP BY flow_run_id`,
      JSON.stringify(runs.map(({ id }) => id)),
    );
    return new Map(rows.map((row) => [String(row.flow_run_id), parseJson(row.keys) as readonly string[]]));
  }
}

/** Whether each key has room for one run more, which is taken then. */
function takeRoom(keys: readonly string[], room: Map<string, number>): boolean {
  const limited = keys.filter((key) => room.has(key));
  if (limited.some((key) => (room.get(key) ?? 0) <= 0)) return false;
  for (const key of limited) room.set(key, (room.get(key) ?? 0) - 1);
  return true;
}
