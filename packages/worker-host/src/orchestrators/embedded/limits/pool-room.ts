import type { RunResources } from '@worker-host/core';
import { addedResources, exceededLimit, NO_RESOURCES, type ResourceLimits } from '../../../host/resource-limits.js';
import type { EmbeddedDatabase, Row, SqlValue } from '../database/database.js';
import { numberOf } from '../database/rows.js';
import { HAS_SLOT } from '../database/run-filter.js';

/** After this time without room, smaller runs no longer overtake a run. */
const LONGEST_OVERTAKEN_MS = 60_000;
/** A refused run is offered again after this time: what it requests may have changed. */
const REFUSAL_HOLDS_MS = 60_000;
/** Longest time between two refusals of a run that belong to one wait. */
const LONGEST_GAP_MS = 2 * REFUSAL_HOLDS_MS;

/** A condition on offered runs, with the parameters of its placeholders in order. */
export interface OfferCondition {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** Outcome of a claim in a pool with limits. */
interface ClaimNote {
  readonly flowRunId: string;
  readonly resources: RunResources | null;
  /** Milliseconds since the epoch at which it was refused for lack of room. Null: it was claimed. */
  readonly refusedMs: number | null;
}

/**
 * Limits the total vCPUs and memory of the active runs of a pool. A claim states what the run requests; that of a refused run is
 * stored, so that lists can explain why it waits. Every method belongs in a transaction.
 */
export class PoolRoom {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly nowMs: () => number,
  ) {}

  /** Returns the room of a pool for the claims of one transaction. */
  forClaims(poolId: string, limits: ResourceLimits): RoomForClaims {
    return new RoomForClaims(limits, this.#used(poolId), this.#longestWaiting(poolId, limits), this.nowMs());
  }

  /** Stores the outcomes of claims. */
  note({ notes }: RoomForClaims): void {
    if (notes.length === 0) return;
    this.database.run(
      `UPDATE flow_runs SET vcpus = noted.value ->> 1, memory_mib = noted.value ->> 2, no_room_ms = noted.value ->> 3,
         no_room_since_ms = iif(noted.value ->> 3 IS NULL, NULL,
           iif(no_room_ms > (noted.value ->> 3) - ${LONGEST_GAP_MS}, no_room_since_ms, noted.value ->> 3))
       FROM json_each(?) AS noted WHERE flow_runs.id = noted.value ->> 0`,
      JSON.stringify(
        notes.map(({ flowRunId, resources, refusedMs }) => [
          flowRunId,
          resources?.vcpus ?? null,
          resources?.memoryMib ?? null,
          refusedMs,
        ]),
      ),
    );
  }

  /** Omits recently refused runs that still do not fit. Null: the pool has no limit. */
  offered(poolId: string): OfferCondition | null {
    const limits = this.#limits(poolId);
    if (limits === null) return null;
    const used = this.#used(poolId);
    const free = (limit: number | null, taken: number): number | null => (limit === null ? null : limit - taken);
    return {
      sql: `AND (r.no_room_ms IS NULL OR r.no_room_ms <= ?
        OR ((? IS NULL OR r.vcpus <= ?) AND (? IS NULL OR r.memory_mib <= ?)))`,
      parameters: [
        this.nowMs() - REFUSAL_HOLDS_MS,
        ...twice(free(limits.vcpus, used.vcpus)),
        ...twice(free(limits.memoryMib, used.memoryMib)),
      ],
    };
  }

  /** Returns why a waiting run was refused recently. Null: it was not, or it fits now. */
  refusal(flowRunId: string): string | null {
    const row = this.database.get(
      'SELECT pool_id, vcpus, memory_mib FROM flow_runs WHERE id = ? AND no_room_ms > ?',
      flowRunId,
      this.nowMs() - LONGEST_GAP_MS,
    );
    const limits = row === null ? null : this.#limits(String(row.pool_id));
    if (row === null || limits === null) return null;
    const used = this.#used(String(row.pool_id));
    const lacking = exceededLimit(resourcesOf(row), used, limits);
    return lacking === null ? null : `the run requests ${lacking}; active runs use ${shown(used, limits)}`;
  }

  #limits(poolId: string): ResourceLimits | null {
    const row = this.database.get(
      `SELECT vcpu_limit, memory_limit_mib FROM work_pools
       WHERE id = ? AND (vcpu_limit IS NOT NULL OR memory_limit_mib IS NOT NULL)`,
      poolId,
    );
    return row === null ? null : { vcpus: numberOf(row.vcpu_limit), memoryMib: numberOf(row.memory_limit_mib) };
  }

  #used(poolId: string): RunResources {
    const row = this.database.get(
      `SELECT sum(vcpus) AS vcpus, sum(memory_mib) AS memory_mib FROM flow_runs WHERE pool_id = ? AND ${HAS_SLOT}`,
      poolId,
    );
    return resourcesOf(row);
  }

  /** Returns the id of the run that has been without room for longest, and for too long. Null: none. */
  #longestWaiting(poolId: string, { vcpus, memoryMib }: ResourceLimits): string | null {
    const nowMs = this.nowMs();
    const row = this.database.get(
      `SELECT id FROM flow_runs WHERE pool_id = ? AND state_type = 'SCHEDULED' AND no_room_ms > ? AND no_room_since_ms <= ?
         AND vcpus <= coalesce(?, vcpus) AND memory_mib <= coalesce(?, memory_mib) ORDER BY no_room_since_ms LIMIT 1`,
      poolId,
      nowMs - LONGEST_GAP_MS,
      nowMs - LONGEST_OVERTAKEN_MS,
      vcpus,
      memoryMib,
    );
    return row === null ? null : String(row.id);
  }
}

/** The vCPUs and memory that a pool has left for the claims of one transaction. */
export class RoomForClaims {
  readonly notes: ClaimNote[] = [];
  #used: RunResources;
  #longestWaiting: string | null;

  /** @param longestWaiting id of the run that is not to be overtaken any more. Null: none. */
  constructor(
    private readonly limits: ResourceLimits,
    used: RunResources,
    longestWaiting: string | null,
    private readonly nowMs: number,
  ) {
    this.#used = used;
    this.#longestWaiting = longestWaiting;
  }

  /** Returns why a run cannot begin now. Null: it fits. */
  refusal(flowRunId: string, resources: RunResources | null): string | null {
    if (resources === null) return null;
    const beyond = exceededLimit(resources, NO_RESOURCES, this.limits);
    const lacking = beyond ?? exceededLimit(resources, this.#used, this.limits);
    if (lacking !== null) this.notes.push({ flowRunId, resources, refusedMs: this.nowMs });
    if (beyond !== null) return `it requests more than the limit of the pool: ${beyond}`;
    if (lacking !== null) return `the active runs of the pool leave too little: it requests ${lacking}`;
    const isOvertaking = this.#longestWaiting !== null && this.#longestWaiting !== flowRunId;
    return isOvertaking ? 'a larger run has waited for room for a minute' : null;
  }

  /** A run is claimed. */
  take(flowRunId: string, resources: RunResources | null): void {
    this.notes.push({ flowRunId, resources, refusedMs: null });
    if (this.#longestWaiting === flowRunId) this.#longestWaiting = null;
    this.#used = addedResources(this.#used, resources ?? NO_RESOURCES);
  }
}

function shown(used: RunResources, { vcpus, memoryMib }: ResourceLimits): string {
  return [
    ...(vcpus === null ? [] : [`${used.vcpus} vCPUs`]),
    ...(memoryMib === null ? [] : [`${used.memoryMib} MiB`]),
  ].join(' and ');
}

function resourcesOf(row: Row | null): RunResources {
  return { vcpus: numberOf(row?.vcpus) ?? 0, memoryMib: numberOf(row?.memory_mib) ?? 0 };
}

function twice(value: number | null): readonly (number | null)[] {
  return [value, value];
}
