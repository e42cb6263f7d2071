import type { RunResources } from '@worker-host/core';
import type { EmbeddedDatabase, Row, SqlValue } from '../database/database.js';
import { numberOf } from '../database/rows.js';
import { HAS_SLOT } from '../database/run-filter.js';

/** From so long on, a run that finds no room is not overtaken by smaller ones. */
const LONGEST_OVERTAKEN_MS = 60_000;
/** A refusal for lack of room holds so long; then the run is offered again, as what it asks for may have changed. */
const REFUSAL_HOLDS_MS = 60_000;

/** vCPUs and memory of a pool. Null: no limit. */
interface Room {
  readonly vcpus: number | null;
  readonly memoryMib: number | null;
}

/** A condition of runs that are offered, with the parameters of its placeholders in order. */
export interface OfferCondition {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/**
 * The vCPUs and the memory that the active runs of a pool may use in all. A run says with its claim what it asks for; that of
 * a run that was refused is kept, so that lists can say why it waits. Every method belongs into a transaction.
 */
export class PoolRoom {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly nowMs: () => number,
  ) {}

  /** Why a run cannot begin now, which is noted. Null: there is room for it, and it is counted from its claim on. */
  claim(flowRunId: string, poolId: string, resources: RunResources | null): string | null {
    const limits = this.#limits(poolId);
    if (limits === null) return null;
    if (resources === null) {
      this.#note(flowRunId, null, null);
      return null;
    }
    const beyond = excess(resources, NOTHING, limits);
    const lacking = beyond ?? excess(resources, this.#used(poolId), limits);
    if (lacking === null && this.#isOvertaking(flowRunId, poolId))
      return 'a larger run has waited for room for a minute';
    this.#note(flowRunId, resources, lacking === null ? null : this.nowMs());
    if (beyond !== null) return `it asks for more than the limit of the pool: ${beyond}`;
    return lacking === null
      ? null
      : `the active runs leave too little of the limit of the pool: it asks for ${lacking}`;
  }

  /** Leaves out runs that were refused for lack of room lately, while there is none for them. Null: the pool has no limit. */
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

  /** Why a run that waits was refused lately. Null: it was not, or there is room for it now. */
  refusal(flowRunId: string): string | null {
    const row = this.database.get(
      'SELECT pool_id, vcpus, memory_mib FROM flow_runs WHERE id = ? AND no_room_ms > ?',
      flowRunId,
      this.nowMs() - 2 * REFUSAL_HOLDS_MS,
    );
    const limits = row === null ? null : this.#limits(String(row.pool_id));
    if (row === null || limits === null) return null;
    const used = this.#used(String(row.pool_id));
    const lacking = excess(resourcesOf(row), used, limits);
    return lacking === null ? null : `the run asks for ${lacking}; active runs use ${shown(used, limits)}`;
  }

  #limits(poolId: string): Room | null {
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

  /** True: another run has found no room for a minute, and was looked at lately. */
  #isOvertaking(flowRunId: string, poolId: string): boolean {
    const nowMs = this.nowMs();
    const first = this.database.get(
      `SELECT r.id FROM flow_runs r JOIN work_pools p ON p.id = r.pool_id
       WHERE r.pool_id = ? AND r.state_type = 'SCHEDULED' AND r.no_room_ms > ? AND r.no_room_since_ms <= ?
         AND r.vcpus <= coalesce(p.vcpu_limit, r.vcpus) AND r.memory_mib <= coalesce(p.memory_limit_mib, r.memory_mib)
       ORDER BY r.no_room_since_ms LIMIT 1`,
      poolId,
      nowMs - 2 * REFUSAL_HOLDS_MS,
      nowMs - LONGEST_OVERTAKEN_MS,
    );
    return first !== null && first.id !== flowRunId;
  }

  /** @param refusedMs null: the run is claimed. */
  #note(flowRunId: string, resources: RunResources | null, refusedMs: number | null): void {
    this.database.run(
      `UPDATE flow_runs SET vcpus = ?1, memory_mib = ?2, no_room_ms = ?3,
         no_room_since_ms = iif(?3 IS NULL, NULL, iif(no_room_ms > ?3 - ${2 * REFUSAL_HOLDS_MS}, no_room_since_ms, ?3))
       WHERE id = ?4`,
      resources?.vcpus ?? null,
      resources?.memoryMib ?? null,
      refusedMs,
      flowRunId,
    );
  }
}

const NOTHING: RunResources = { vcpus: 0, memoryMib: 0 };

/** The limit that a run exceeds beside what is in use. Null: none. */
function excess(wanted: RunResources, used: RunResources, limits: Room): string | null {
  if (limits.vcpus !== null && wanted.vcpus + used.vcpus > limits.vcpus)
    return `${wanted.vcpus} of ${limits.vcpus} vCPUs`;
  if (limits.memoryMib !== null && wanted.memoryMib + used.memoryMib > limits.memoryMib)
    return `${wanted.memoryMib} of ${limits.memoryMib} MiB`;
  return null;
}

function shown(used: RunResources, { vcpus, memoryMib }: Room): string {
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
