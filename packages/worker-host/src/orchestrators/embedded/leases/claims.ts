import { randomUUID } from 'node:crypto';
import { type FlowRun, REPORT_GRACE_MS, type RunResources } from '@worker-host/core';
import type { EmbeddedDatabase, Row, SqlValue } from '../database/database.js';
import type { BatchWrite } from '../database/group-commit.js';
import { HAS_SLOT } from '../database/run-filter.js';
import { PoolRoom } from '../limits/pool-room.js';
import type { RunLimits } from '../limits/run-limits.js';
import type { Pools } from '../pools/pools.js';
import type { FlowRuns } from '../runs/flow-runs.js';
import type { NewState } from '../runs/state-history.js';
import { CANDIDATE_COLUMNS, type Candidate, ClaimRoom, NO_LIMITS, toCandidate } from './claim-room.js';
import { type Granted, Ownership } from './ownership.js';
import type { Workers } from './workers.js';

/** Released, and its grace is over; one that was set by a clock that has been set back since does not count. */
const IS_OFFERED = `owner IS NULL AND (state_type = 'CANCELLING' OR offered_from_ms IS NULL
  OR offered_from_ms NOT BETWEEN ? + 1 AND ? + ${REPORT_GRACE_MS})`;

/** A run that is to be claimed. */
export interface ClaimRequest {
  readonly flowRunId: string;
  /** What the run requests. Null: unknown. */
  readonly resources: RunResources | null;
}

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
  /** Claims that are asked for at the same time. */
  readonly claiming: BatchWrite<ClaimRequest, ClaimResult> = {
    keyOf: ({ flowRunId }) => flowRunId,
    act: (requests) => this.claimAll(requests),
  };
  readonly #ownership: Ownership;
  readonly #poolRoom: PoolRoom;

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
    this.#ownership = new Ownership(database);
    this.#poolRoom = new PoolRoom(database, nowMs);
  }

  /**
   * Claims runs for this process: Pending, with the next attempt. Limits and pauses are checked again, run by run. A run that
   * this process has claimed without holding its lease, as the first answer was lost, is granted again.
   *
   * @param requests each run at most once
   */
  claimAll(requests: readonly ClaimRequest[]): readonly ClaimResult[] {
    return this.database.write(() => {
      const candidates = this.#candidates(requests);
      const room = this.#roomFor(candidates);
      const claimed: Candidate[] = [];
      const results = new Map<string, ClaimResult>();
      for (const candidate of candidates) {
        const { id } = candidate;
        const refusal = this.#isUnanswered(candidate) ? null : room.refusal(candidate);
        if (refusal !== null) results.set(id, { granted: null, refusal });
        else if (candidate.type !== 'SCHEDULED') results.set(id, { granted: this.#grant(id), refusal: null });
        else {
          room.take(candidate);
          claimed.push(candidate);
        }
      }
      for (const granted of this.#begin(claimed)) results.set(granted.attempt.flowRunId, { granted, refusal: null });
      room.note();
      return requests.map(({ flowRunId: id }) => results.get(id) ?? { granted: null, refusal: 'the run was deleted' });
    });
  }

  #begin(claimed: readonly Candidate[]): readonly Granted[] {
    if (claimed.length === 0) return [];
    const state: NewState = { type: 'PENDING', name: 'Pending', message: null, details: {} };
    const owner = this.workers.instanceId;
    const transitions = claimed.map((run) => {
      return { run, state, begins: { number: run.attempt + 1, owner, fencingToken: randomUUID() } };
    });
    const states = this.runs.transitions.enterAll(transitions);
    const limited = claimed.filter(({ isLimited }) => isLimited).map(({ id }) => id);
    if (limited.length > 0) this.limits.noteClaims(limited);
    return transitions.map(({ run, begins: { number, fencingToken } }, index) => {
      const startedAtMs = Date.parse(states[index]?.timestamp ?? '');
      const attempt = { flowRunId: run.id, id: String(number), startedAtMs };
      return { attempt, fencingToken, launch: null, outputCursor: null, deaths: 0 };
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
      `SELECT id, owner FROM flow_runs INDEXED BY flow_runs_cancelling
       WHERE pool_id = ? AND state_type = 'CANCELLING' AND is_array = 0`,
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

  #isUnanswered({ id, type, owner, leaseToken }: Candidate): boolean {
    if (type !== 'PENDING' || owner !== this.workers.instanceId) return false;
    return leaseToken !== null && !this.isHeld(id, leaseToken);
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

  #candidates(requests: readonly ClaimRequest[]): readonly Candidate[] {
    const rows = this.database.all(
      `SELECT ${CANDIDATE_COLUMNS} FROM json_each(?) AS wanted JOIN flow_runs r ON r.id = wanted.value
         JOIN work_pools p ON p.id = r.pool_id JOIN work_queues q ON q.id = r.queue_id ORDER BY wanted.key`,
      JSON.stringify(requests.map(({ flowRunId }) => flowRunId)),
    );
    const resources = new Map(requests.map((request) => [request.flowRunId, request.resources]));
    return rows.map((row) => toCandidate(row, resources.get(String(row.id)) ?? null));
  }

  #roomFor(candidates: readonly Candidate[]): ClaimRoom {
    const limited = candidates.filter(({ isLimited }) => isLimited).map(({ id }) => id);
    const limits = limited.length === 0 ? NO_LIMITS : this.limits.roomFor(limited);
    return new ClaimRoom(limits, this.#poolRoom, (column, id) => this.pools.activeRuns(column, id));
  }
}

function idsOf(rows: readonly Row[]): readonly string[] {
  return rows.map(({ id }) => String(id));
}
