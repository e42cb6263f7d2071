import type { RunResources } from '@worker-host/core';
import type { FakePool } from './fake-pool.js';
import { type FakeRun, isClaimed } from './fake-run.js';

/** From so long on, a run that finds no room is not overtaken by smaller ones. */
const LONGEST_OVERTAKEN_MS = 60_000;
/** Longest time between two refusals of a run that count as one wait. */
const LONGEST_GAP_MS = 120_000;

/** The vCPUs and the memory that the active runs of the pool may use in all. */
export class FakeRoom {
  constructor(private readonly pool: FakePool) {}

  /** Why a run cannot begin now, which is noted. Null: there is room, and the run is counted once it is claimed. */
  claim(entry: FakeRun, resources: RunResources | null): string | null {
    const { nowMs, refusedMs, since } = this.#waitOf(entry);
    entry.resources = resources;
    entry.noRoom = null;
    if (resources === null || this.#exceeds(resources, NOTHING))
      return resources === null ? null : 'it asks for too much';
    if (!this.#exceeds(resources, this.#used())) {
      const isOvertaking = [...this.pool.entries()].some((other) => other !== entry && this.#comesFirst(other));
      return isOvertaking ? 'a larger run waits for room' : null;
    }
    entry.noRoom = { sinceMs: refusedMs > nowMs - LONGEST_GAP_MS ? since : nowMs, refusedMs: nowMs };
    return 'the active runs leave too little room in the pool';
  }

  #waitOf({ noRoom }: FakeRun) {
    const nowMs = this.pool.clock.nowMs();
    return { nowMs, refusedMs: noRoom?.refusedMs ?? Number.NEGATIVE_INFINITY, since: noRoom?.sinceMs ?? nowMs };
  }

  #comesFirst({ flowRun, noRoom }: FakeRun): boolean {
    const nowMs = this.pool.clock.nowMs();
    if (flowRun.stateType !== 'SCHEDULED' || noRoom === null) return false;
    return noRoom.refusedMs > nowMs - LONGEST_GAP_MS && noRoom.sinceMs <= nowMs - LONGEST_OVERTAKEN_MS;
  }

  #used(): RunResources {
    const claimed = [...this.pool.entries()].filter(isClaimed);
    return claimed.reduce((sum, { resources }) => added(sum, resources ?? NOTHING), NOTHING);
  }

  #exceeds(wanted: RunResources, used: RunResources): boolean {
    const { vcpuLimit = null, memoryLimitMib = null } = this.pool.workPool ?? {};
    const { vcpus, memoryMib } = added(wanted, used);
    return (vcpuLimit !== null && vcpus > vcpuLimit) || (memoryLimitMib !== null && memoryMib > memoryLimitMib);
  }
}

const NOTHING: RunResources = { vcpus: 0, memoryMib: 0 };

function added(one: RunResources, other: RunResources): RunResources {
  return { vcpus: one.vcpus + other.vcpus, memoryMib: one.memoryMib + other.memoryMib };
}
