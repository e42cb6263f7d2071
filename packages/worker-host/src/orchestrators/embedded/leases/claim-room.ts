import type { RunResources } from '@worker-host/core';
import type { ResourceLimits } from '../../../host/resource-limits.js';
import type { Row } from '../database/database.js';
import { numberOf, textOf } from '../database/rows.js';
import { LimitRoom } from '../limits/limit-room.js';
import type { PoolRoom, RoomForClaims } from '../limits/pool-room.js';
import { refusalBy } from '../limits/run-limits.js';
import { type RunStanding, STANDING_COLUMNS, toStanding } from '../runs/run-transitions.js';

/** A run that is to be claimed, with all that decides whether it can be. */
export interface Candidate extends RunStanding {
  readonly attempt: number;
  readonly owner: string | null;
  readonly leaseToken: string | null;
  /** Runs that it waits for. */
  readonly waitsFor: number;
  /** It counts for limits of runs. */
  readonly isLimited: boolean;
  /** What it requests. Null: unknown. */
  readonly resources: RunResources | null;
  readonly pool: CandidatePlace;
  /** Those of the pool. Null: it has none. */
  readonly resourceLimits: ResourceLimits | null;
  readonly queue: CandidatePlace;
}

/** The pool or the queue of a run. */
export interface CandidatePlace {
  readonly id: string;
  readonly isPaused: boolean;
  /** Most active runs. Null: no limit. */
  readonly limit: number | null;
}

/** Of `flow_runs r`, `work_pools p` and `work_queues q`. */
export const CANDIDATE_COLUMNS = `${STANDING_COLUMNS}, r.attempt, r.owner, r.lease_token, r.waits_for,
  EXISTS (SELECT 1 FROM flow_run_keys k WHERE k.flow_run_id = r.id) AS is_limited,
  r.pool_id, p.is_paused AS pool_paused, p.concurrency_limit AS pool_limit, p.vcpu_limit, p.memory_limit_mib,
  r.queue_id, q.is_paused AS queue_paused, q.concurrency_limit AS queue_limit`;

export function toCandidate(row: Row, resources: RunResources | null): Candidate {
  const limits = { vcpus: numberOf(row.vcpu_limit), memoryMib: numberOf(row.memory_limit_mib) };
  return {
    ...toStanding(row),
    attempt: Number(row.attempt),
    owner: textOf(row.owner),
    leaseToken: textOf(row.lease_token),
    waitsFor: Number(row.waits_for),
    isLimited: row.is_limited === 1,
    resources,
    resourceLimits: limits.vcpus === null && limits.memoryMib === null ? null : limits,
    pool: { id: String(row.pool_id), isPaused: row.pool_paused === 1, limit: numberOf(row.pool_limit) },
    queue: { id: String(row.queue_id), isPaused: row.queue_paused === 1, limit: numberOf(row.queue_limit) },
  };
}

/** That of runs which count for no limit. */
export const NO_LIMITS = new LimitRoom(new Map(), new Map());

/** The room that pools, queues and limits have for runs which are claimed in one transaction. */
export class ClaimRoom {
  readonly #free = new Map<string, number>();
  /** Of pools that limit resources, by id. */
  readonly #resources = new Map<string, RoomForClaims>();

  /** @param activeRuns counts the active runs of a pool or queue, before the first is claimed */
  constructor(
    private readonly limits: LimitRoom,
    private readonly poolRoom: PoolRoom,
    private readonly activeRuns: (column: 'pool_id' | 'queue_id', id: string) => number,
  ) {}

  /** Why a run cannot be claimed. Null: it can. */
  refusal(candidate: Candidate): string | null {
    const { id, type, isArray, waitsFor, pool, queue } = candidate;
    if (type !== 'SCHEDULED') return `the run is now ${type}`;
    if (isArray) return 'the run is an array, whose runs are claimed';
    if (waitsFor !== 0) return 'the run waits for other runs';
    if (pool.isPaused) return 'the pool is paused';
    if (queue.isPaused) return 'the queue is paused';
    if (this.#freeOf('pool_id', pool) <= 0) return `the pool is at its limit of ${pool.limit}`;
    if (this.#freeOf('queue_id', queue) <= 0) return `the queue is at its limit of ${queue.limit}`;
    const full = this.limits.fullOf(id);
    if (full !== null) return refusalBy(full);
    return this.#resourcesFor(candidate)?.refusal(id, candidate.resources) ?? null;
  }

  /** A run is claimed. */
  take(candidate: Candidate): void {
    const { id, pool, queue } = candidate;
    for (const place of [pool, queue]) {
      const free = this.#free.get(place.id);
      if (free !== undefined) this.#free.set(place.id, free - 1);
    }
    this.limits.take(id);
    this.#resourcesFor(candidate)?.take(id, candidate.resources);
  }

  /** Stores what the runs request, and which of them found no room. */
  note(): void {
    for (const room of this.#resources.values()) this.poolRoom.note(room);
  }

  #resourcesFor({ pool, resourceLimits }: Candidate): RoomForClaims | null {
    if (resourceLimits === null) return null;
    const room = this.#resources.get(pool.id) ?? this.poolRoom.forClaims(pool.id, resourceLimits);
    this.#resources.set(pool.id, room);
    return room;
  }

  #freeOf(column: 'pool_id' | 'queue_id', { id, limit }: CandidatePlace): number {
    if (limit === null) return Number.POSITIVE_INFINITY;
    const free = this.#free.get(id) ?? limit - this.activeRuns(column, id);
    this.#free.set(id, free);
    return free;
  }
}
