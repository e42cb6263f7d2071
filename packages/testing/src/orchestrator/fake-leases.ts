import { isFinalStateType, type ReleaseReason } from '@worker-host/core';
import type { FakeChannel } from './fake-channel.js';
import { FakeLease, type FakeLeaseTools } from './fake-lease.js';
import type { FakeOwnership } from './fake-ownership.js';
import type { FakePool } from './fake-pool.js';
import type { FakeOwner, FakeRun } from './fake-run.js';

/** The leases of one client, and their expiry by its heartbeats. */
export class FakeLeases {
  readonly #leases = new Map<string, FakeLease>();
  readonly #unstored: (() => void)[] = [];
  #beganAtMs = Number.NEGATIVE_INFINITY;
  #seenAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly owner: FakeOwner & { readonly leaseMs: number },
    private readonly pool: FakePool,
    private readonly ownership: FakeOwnership,
    private readonly channel: FakeChannel,
  ) {}

  /** Time of the last heartbeat at the pool (monotonic milliseconds). */
  get seenAtMs(): number {
    return this.#seenAtMs;
  }

  /** Returns whether the lease of a run is held; with a fencing token: whether it is that lease. */
  isHeld(flowRunId: string, fencingToken?: string | null): boolean {
    const lease = this.#leases.get(flowRunId);
    return lease?.isHeld === true && (fencingToken === undefined || lease.fencingToken === fencingToken);
  }

  grant(entry: FakeRun): FakeLease {
    const { pool, ownership, owner } = this;
    const tools: FakeLeaseTools = {
      owner,
      hostReportsStates: pool.hostReportsStates,
      find: (id) => pool.find(id),
      enter: (run, { type, name, message }) => {
        const state = pool.enter(run, type, name, message ?? null);
        if (isFinalStateType(type)) run.owner = null;
        return { status: 'ACCEPT', state };
      },
      release: (run, reason) => ownership.release(run, reason),
      rememberPlace: (place) => pool.places.remember(place),
      nowMs: () => pool.clock.monotonicMs(),
      renew: () => this.beat(),
      call: (call, act, signal) => this.channel.call(call, act, signal),
      keepRelease: (lease: FakeLease, reason: ReleaseReason) =>
        void this.#unstored.push(() => lease.releaseNow(reason)),
    };
    const lease = new FakeLease(entry, tools, this.#beganAtMs + owner.leaseMs);
    this.#leases.set(entry.flowRun.id, lease);
    return lease;
  }

  /** Marks the process as alive; returns when its leases expire. */
  beat(beganAtMs: number = this.pool.clock.monotonicMs()): number {
    this.#beganAtMs = Math.max(beganAtMs, this.#beganAtMs);
    this.#seenAtMs = this.pool.clock.monotonicMs();
    return this.#beganAtMs + this.owner.leaseMs;
  }

  /** Extends leases after a heartbeat that started at this time. An expired lease needs {@link FakeLease.renew}. */
  renewAll(beganAtMs: number): void {
    const expiresAtMs = this.beat(beganAtMs);
    const nowMs = this.pool.clock.monotonicMs();
    for (const [id, lease] of this.#leases) {
      if (!lease.isHeld) this.#leases.delete(id);
      else if (nowMs < lease.expiresAtMs) lease.expiresAtMs = expiresAtMs;
    }
  }

  /** Ends the leases of runs that have another owner at the pool. */
  noteOwners(): void {
    for (const lease of this.#leases.values()) lease.noteOwner();
  }

  /** Stores the releases that could not be stored before. */
  storeReleases(): void {
    for (const store of this.#unstored.splice(0)) store();
  }
}
