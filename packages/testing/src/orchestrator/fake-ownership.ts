import { type FlowRun, REPORT_GRACE_MS, type ReleaseReason, type RunResources } from '@worker-host/core';
import type { FakePool } from './fake-pool.js';
import { FakeRoom } from './fake-room.js';
import { type FakeOwner, type FakeRun, isClaimed } from './fake-run.js';

/** Response to a claim, without a lease. */
export type FakeClaim =
  | { readonly entry: FakeRun; readonly refusal: null }
  | { readonly entry: null; readonly refusal: string };

/** Ownership of runs: due runs, claims, and take-over from dead owners. */
export class FakeOwnership {
  readonly #room: FakeRoom;

  constructor(private readonly pool: FakePool) {
    this.#room = new FakeRoom(pool);
  }

  /** Most urgent first, and at most as many as there are free slots. */
  due(queueNames: readonly string[], beforeMs: number, limit: number | null): readonly FlowRun[] {
    const { workPool, queues } = this.pool;
    if (workPool === null || workPool.isPaused) return [];
    let free = Math.min(limit ?? Number.POSITIVE_INFINITY, freeOf(workPool.concurrencyLimit, this.#active(null)));
    const due: FlowRun[] = [];
    const wanted = [...queues].filter(([name]) => queueNames.length === 0 || queueNames.includes(name));
    const inOrder = wanted.sort(([nameA, a], [nameB, b]) => a.priority - b.priority || (nameA < nameB ? -1 : 1));
    for (const [name, queue] of inOrder) {
      if (queue.isPaused) continue;
      const slots = Math.min(free, freeOf(queue.concurrencyLimit, this.#active(name)));
      const runs = this.#scheduled(name, beforeMs).slice(0, Math.max(0, slots));
      due.push(...runs);
      free -= runs.length;
    }
    return due;
  }

  claim(owner: FakeOwner, flowRunId: string, resources: RunResources | null): FakeClaim {
    const entry = this.pool.find(flowRunId);
    if (entry === null) return { entry: null, refusal: 'the run was deleted' };
    const { stateType, stateName, workQueueName } = entry.flowRun;
    if (stateType !== 'SCHEDULED') return { entry: null, refusal: `the run is ${stateName} by now` };
    const refusal = this.#refusal(workQueueName ?? 'default') ?? this.#room.claim(entry, resources);
    if (refusal !== null) return { entry: null, refusal };
    const state = this.pool.enter(entry, 'PENDING');
    entry.attemptNumber += 1;
    entry.attemptId = this.pool.hostReportsStates ? String(entry.attemptNumber) : state.id;
    entry.attemptStartedAtMs = this.pool.clock.nowMs();
    entry.flowRun = { ...entry.flowRun, infrastructurePid: null };
    entry.launch = null;
    entry.outputCursor = null;
    entry.deaths = 0;
    this.#grant(entry, owner);
    return { entry, refusal: null };
  }

  /** Grants an owner the runs without a live owner, and its own runs that it does not hold. */
  takeOver(owner: FakeOwner, limit: number, isHeld: (flowRunId: string) => boolean): readonly FakeRun[] {
    const taken: FakeRun[] = [];
    for (const entry of this.pool.entries()) {
      if (taken.length >= limit) break;
      if (!isClaimed(entry) || !this.#isFree(entry, owner, isHeld)) continue;
      const isDead = entry.owner !== null && entry.owner !== owner;
      if (isDead && entry.launch === null && entry.flowRun.infrastructurePid === null) entry.deaths += 1;
      this.#grant(entry, owner);
      taken.push(entry);
    }
    return taken;
  }

  release(entry: FakeRun, reason: ReleaseReason): void {
    const graceMs = reason === 'unreported' ? REPORT_GRACE_MS : 0;
    entry.owner = null;
    entry.fencingToken = null;
    entry.offeredFromMs = this.pool.clock.monotonicMs() + graceMs;
  }

  #grant(entry: FakeRun, owner: FakeOwner): void {
    entry.owner = owner;
    entry.fencingToken = `lease-${this.pool.next()}`;
  }

  #isFree(entry: FakeRun, asker: FakeOwner, isHeld: (flowRunId: string) => boolean): boolean {
    const { owner, flowRun, offeredFromMs } = entry;
    if (isHeld(flowRun.id)) return false;
    if (owner === asker) return true;
    if (owner !== null) return !owner.isLiving;
    return flowRun.stateType === 'CANCELLING' || offeredFromMs <= this.pool.clock.monotonicMs();
  }

  #scheduled(queueName: string, beforeMs: number): readonly FlowRun[] {
    return [...this.pool.entries()]
      .filter(({ flowRun, dueMs }) => flowRun.stateType === 'SCHEDULED' && dueMs <= beforeMs)
      .filter(({ flowRun }) => (flowRun.workQueueName ?? 'default') === queueName)
      .sort((a, b) => a.dueMs - b.dueMs || a.sequence - b.sequence)
      .map(({ flowRun }) => flowRun);
  }

  #refusal(queueName: string): string | null {
    const { workPool, queues } = this.pool;
    const queue = queues.get(queueName);
    if (workPool === null) return 'the pool was deleted';
    if (workPool.isPaused) return 'the pool is paused';
    if (queue?.isPaused) return 'the queue is paused';
    if (freeOf(workPool.concurrencyLimit, this.#active(null)) <= 0) return 'the pool is at its limit';
    return freeOf(queue?.concurrencyLimit ?? null, this.#active(queueName)) <= 0 ? 'the queue is at its limit' : null;
  }

  #active(queueName: string | null): number {
    const active = [...this.pool.entries()].filter(isClaimed);
    return active.filter(({ flowRun }) => queueName === null || (flowRun.workQueueName ?? 'default') === queueName)
      .length;
  }
}

function freeOf(limit: number | null, active: number): number {
  return limit === null ? Number.POSITIVE_INFINITY : limit - active;
}
