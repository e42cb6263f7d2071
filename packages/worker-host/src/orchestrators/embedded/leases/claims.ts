import { type FlowRun, REPORT_GRACE_MS, type RunResources } from '@worker-host/core';
import type { EmbeddedDatabase, Row, SqlValue } from '../database/database.js';
import { numberOf } from '../database/rows.js';
import { HAS_SLOT } from '../database/run-filter.js';
import { PoolRoom } from '../limits/pool-room.js';
import type { RunLimits } from '../limits/run-limits.js';
import type { Pools } from '../pools/pools.js';
import type { FlowRuns } from '../runs/flow-runs.js';
import { type Granted, Ownership } from './ownership.js';
import type { Workers } from './workers.js';

/** Released, and its grace is over; one that was set by a clock that has been set back since does not count. */
const IS_OFFERED = `owner IS NULL AND (state_type = 'CANCELLING' OR offered_from_ms IS NULL
  OR offered_from_ms NOT BETWEEN ? + 1 AND ? + ${REPORT_GRACE_MS})`;

/** The answer to a claim: the new ownership, or why there is none. */
export type ClaimResult =
  | { readonly granted: Granted; readonly refusal: null }
  | { readonly granted: null; readonly refusal: string };

/** A run that was taken over. */
export interface TakenRun {
  readonly flowRun: FlowRun;
  readonly granted: Granted;
}

/** Which worker gets which run: who claims it, what the dead left. */
export class Claims {
  readonly #ownership: Ownership;
  readonly #room: PoolRoom;

  /** @param isHeld whether this process holds the lease of a run; with a fencing token: whether it holds that one. */
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly pools: Pools,
    private readonly runs: FlowRuns,
    private readonly limits: RunLimits,
    private readonly workers: Workers,
    private readonly nowMs: () => number,
    private readonly isHeld: (flowRunId: string, fencingToken?: string) => boolean,
  ) {
    this.#ownership = new Ownership(database, nowMs);
    this.#room = new PoolRoom(database, nowMs);
  }

  /**
   * Claims one run for this process: Pending, with the next attempt. Limits and pauses are checked again. A run that
   * this process has claimed without holding its lease, as the first answer was lost, is granted again.
   *
   * @param resources what the run asks for. Null: unknown.
   */
  claim(flowRunId: string, resources: RunResources | null = null): ClaimResult {
    return this.database.write(() => {
      const run = this.runs.find(flowRunId);
      if (!run) return { granted: null, refusal: 'the run was deleted' };
      if (this.#isUnanswered(run)) return { granted: this.#grant(flowRunId), refusal: null };
      if (run.stateType !== 'SCHEDULED') return { granted: null, refusal: `the run is now ${run.stateType}` };
      const refusal = this.#refusal(flowRunId, resources);
      if (refusal) return { granted: null, refusal };
      this.runs.enter(run, { type: 'PENDING', name: 'Pending', message: null, details: {} });
      this.#ownership.beginAttempt(flowRunId);
      this.limits.noteClaim(flowRunId);
      return { granted: this.#grant(flowRunId), refusal: null };
    });
  }

  /**
   * Runs of the pool that no live process owns, or this one without holding their leases; from now on they are this
   * process's own: all of them or none. Rows of dead workers are deleted.
   */
  takeOver(poolId: string, limit: number): readonly TakenRun[] {
    if (this.workers.dead().length === 0 && this.#free(poolId, limit).length === 0) return [];
    return this.database.write(() => {
      this.workers.forgetTheDead();
      const free = this.runs.findReadable(this.#free(poolId, limit));
      return free.map((flowRun) => {
        const { id } = flowRun;
        if (this.#ownerDied(id)) this.#ownership.noteDeath(id);
        return { flowRun, granted: this.#grant(id) };
      });
    });
  }

  /** Runs of the pool that shall be cancelled and that no other live process owns. */
  cancelling(poolId: string): readonly string[] {
    const rows = this.database.all(
      `SELECT id, owner FROM flow_runs WHERE pool_id = ? AND ${HAS_SLOT} AND state_type = 'CANCELLING'`,
      poolId,
    );
    return rows.filter(({ owner }) => !this.#isAnothers(owner ?? null)).map(({ id }) => String(id));
  }

  /** The fencing tokens under which the given runs are owned now, or were made final; those without one are absent. */
  tokensOf(flowRunIds: readonly string[]): ReadonlyMap<string, string> {
    const rows = this.database.all(
      'SELECT id, lease_token FROM flow_runs WHERE lease_token IS NOT NULL AND id IN (SELECT value FROM json_each(?))',
      JSON.stringify(flowRunIds),
    );
    return new Map(rows.map((row) => [String(row.id), String(row.lease_token)]));
  }

  ownerOf(flowRunId: string): 'us' | 'another' | 'nobody' {
    const owner = this.database.get('SELECT owner FROM flow_runs WHERE id = ?', flowRunId)?.owner ?? null;
    if (owner === this.workers.instanceId) return 'us';
    return this.#isAnothers(owner) ? 'another' : 'nobody';
  }

  #grant(flowRunId: string): Granted {
    return this.#ownership.grant(flowRunId, this.workers.instanceId);
  }

  #isUnanswered({ id, stateType }: FlowRun): boolean {
    if (stateType !== 'PENDING' || this.ownerOf(id) !== 'us') return false;
    const token = this.tokensOf([id]).get(id);
    return token !== undefined && !this.isHeld(id, token);
  }

  #isAnothers(owner: SqlValue): boolean {
    return typeof owner === 'string' && owner !== this.workers.instanceId && this.workers.isLiving(owner);
  }

  /** Ids of runs without a live owner, the oldest first. */
  #free(poolId: string, limit: number): readonly string[] {
    const owners = this.database.all(
      `SELECT DISTINCT owner FROM flow_runs WHERE pool_id = ? AND ${HAS_SLOT} AND owner IS NOT NULL`,
      poolId,
    );
    const dead = owners.filter(({ owner }) => !this.workers.isLiving(String(owner))).map(({ owner }) => owner);
    const ours = this.database.all(
      `SELECT id FROM flow_runs WHERE pool_id = ? AND ${HAS_SLOT} AND owner = ?`,
      poolId,
      this.workers.instanceId,
    );
    const nobodys = this.database.all(
      `SELECT id FROM flow_runs WHERE pool_id = ? AND ${HAS_SLOT}
         AND (owner IN (SELECT value FROM json_each(?)) OR (${IS_OFFERED})) ORDER BY rowid`,
      poolId,
      JSON.stringify(dead),
      this.nowMs(),
      this.nowMs(),
    );
    return idsOf([...ours, ...nobodys])
      .filter((id) => !this.isHeld(id))
      .slice(0, limit);
  }

  /** True for a free run that was not released: its owner is another process, which is dead. */
  #ownerDied(flowRunId: string): boolean {
    const owner = this.database.get('SELECT owner FROM flow_runs WHERE id = ?', flowRunId)?.owner ?? null;
    return owner !== null && owner !== this.workers.instanceId;
  }

  #refusal(flowRunId: string, resources: RunResources | null): string | null {
    const row = this.database.get(
      `SELECT r.pool_id, r.queue_id, r.waits_for, r.is_array, p.is_paused AS pool_paused, p.concurrency_limit AS pool_limit,
         q.is_paused AS queue_paused, q.concurrency_limit AS queue_limit
       FROM flow_runs r JOIN work_pools p ON p.id = r.pool_id JOIN work_queues q ON q.id = r.queue_id WHERE r.id = ?`,
      flowRunId,
    );
    if (!row) return 'the run was deleted';
    if (row.is_array === 1) return 'the run is an array, whose runs are claimed';
    if (row.waits_for !== 0) return 'the run waits for other runs';
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
    return this.limits.refusal(flowRunId) ?? this.#room.claim(flowRunId, String(row.pool_id), resources);
  }
}

function idsOf(rows: readonly Row[]): readonly string[] {
  return rows.map(({ id }) => String(id));
}
