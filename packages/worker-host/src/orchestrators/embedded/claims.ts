import type { Attempt, ClaimAnswer, FlowRun, InterruptedRun } from '@worker-host/core';
import type { EmbeddedDatabase } from './database.js';
import type { FlowRuns } from './flow-runs.js';
import type { Pools } from './pools.js';
import { numberOf, SELECT_RUN, textOf, toFlowRun } from './rows.js';
import type { Workers } from './workers.js';

const MOST_AT_ONCE = 200;

/** Who carries out which run: what is due, who takes it, what the dead left behind. */
export class Claims {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly pools: Pools,
    private readonly runs: FlowRuns,
    private readonly workers: Workers,
    private readonly nowMs: () => number,
  ) {}

  /** Runs due before a time, by queue priority, then time; no more than pool and queues have slots for. */
  due(poolName: string, queueNames: readonly string[], beforeMs: number, limit: number | null): readonly FlowRun[] {
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
    const due: FlowRun[] = [];
    for (const queue of queues) {
      if (queueNames.length > 0 && !queueNames.includes(String(queue.name))) continue;
      const queueLimit = numberOf(queue.concurrency_limit);
      const queueFree = queueLimit === null ? most : queueLimit - this.pools.activeRuns('queue_id', String(queue.id));
      const wanted = Math.min(most - due.length, queueFree);
      if (wanted <= 0) continue;
      const rows = this.database.all(
        `${SELECT_RUN} WHERE r.queue_id = ? AND r.pool_id = ? AND r.state_type = 'SCHEDULED' AND r.scheduled_ms <= ?
         ORDER BY r.scheduled_ms, r.rowid LIMIT ?`,
        String(queue.id),
        pool.id,
        beforeMs,
        wanted,
      );
      due.push(...rows.map(toFlowRun));
    }
    return due;
  }

  /** Takes one run for this process: Pending, with the next attempt. Limits and pauses are looked at once more. */
  claim(flowRunId: string): ClaimAnswer {
    return this.database.write(() => {
      const run = this.runs.find(flowRunId);
      if (!run) return { claimed: false, reason: 'the run was deleted' };
      if (run.stateType !== 'SCHEDULED') return { claimed: false, reason: `the run is ${run.stateType} by now` };
      const refusal = this.#refusal(flowRunId);
      if (refusal) return { claimed: false, reason: refusal };
      const nowMs = this.nowMs();
      this.runs.enter(run, { type: 'PENDING', name: 'Pending', message: null, details: {} });
      this.database.run(
        'UPDATE flow_runs SET attempt = attempt + 1, attempt_started_ms = ?, owner = ?, infrastructure_pid = NULL, output_cursor = NULL WHERE id = ?',
        nowMs,
        this.workers.instanceId,
        flowRunId,
      );
      return { claimed: true, attempt: this.#attempt(flowRunId) };
    });
  }

  /** Runs of the pool that no living process carries out; from now on they are this process's own: all of them or none. */
  takeOver(poolId: string): readonly InterruptedRun[] {
    const candidates = this.database.all(
      `SELECT id, owner FROM flow_runs WHERE pool_id = ? AND state_type IN ('PENDING', 'RUNNING', 'CANCELLING')`,
      poolId,
    );
    const owners = new Set(candidates.map(({ owner }) => textOf(owner)));
    const dead = new Set([...owners].filter((owner) => !this.workers.isLiving(owner)));
    const orphans = candidates.filter(({ owner }) => dead.has(textOf(owner)));
    if (orphans.length === 0) return [];
    return this.database.write(() => {
      this.workers.forgetTheDead();
      return orphans.flatMap(({ id, owner }) => this.#takeOne(String(id), textOf(owner)));
    });
  }

  #takeOne(id: string, owner: string | null): readonly InterruptedRun[] {
    const taken = this.database.run(
      `UPDATE flow_runs SET owner = ? WHERE id = ? AND owner IS ? AND state_type IN ('PENDING', 'RUNNING', 'CANCELLING')`,
      this.workers.instanceId,
      id,
      owner,
    );
    if (taken === 0) return [];
    const { outputCursor } = this.runs.attemptOf(id);
    return [{ flowRun: this.runs.read(id), attempt: this.#attempt(id), outputCursor }];
  }

  /** Runs of this process that shall be cancelled. */
  cancelling(): readonly string[] {
    return this.database
      .all(`SELECT id FROM flow_runs WHERE owner = ? AND state_type = 'CANCELLING'`, this.workers.instanceId)
      .map((row) => String(row.id));
  }

  #attempt(flowRunId: string): Attempt {
    const { number, startedAtMs } = this.runs.attemptOf(flowRunId);
    return { flowRunId, id: String(number), startedAtMs };
  }

  #refusal(flowRunId: string): string | null {
    const row = this.database.get(
      `SELECT r.pool_id, r.queue_id, p.is_paused AS pool_paused, p.concurrency_limit AS pool_limit,
         q.is_paused AS queue_paused, q.concurrency_limit AS queue_limit
       FROM flow_runs r JOIN work_pools p ON p.id = r.pool_id JOIN work_queues q ON q.id = r.queue_id WHERE r.id = ?`,
      flowRunId,
    );
    if (!row) return 'the run was deleted';
    if (row.pool_paused === 1) return 'the pool is paused';
    if (row.queue_paused === 1) return 'the queue is paused';
    const poolLimit = numberOf(row.pool_limit);
    if (poolLimit !== null && this.pools.activeRuns('pool_id', String(row.pool_id)) >= poolLimit) {
      return `the pool is at its limit of ${poolLimit}`;
    }
    const queueLimit = numberOf(row.queue_limit);
    if (queueLimit !== null && this.pools.activeRuns('queue_id', String(row.queue_id)) >= queueLimit) {
      return `the queue is at its limit of ${queueLimit}`;
    }
    return null;
  }
}
