import type { EmbeddedLease } from './embedded-lease.js';

/** The leases of this process, and its releases that could not be stored yet. */
export class HeldLeases {
  readonly #leases = new Map<string, EmbeddedLease>();
  readonly #unstored: (() => void)[] = [];

  /** Whether the lease of a run is held; with a fencing token: whether it is that one. */
  isHeld(flowRunId: string, fencingToken?: string): boolean {
    const lease = this.#leases.get(flowRunId);
    return lease?.isHeld === true && (fencingToken === undefined || lease.fencingToken === fencingToken);
  }

  add(lease: EmbeddedLease): void {
    this.#leases.set(lease.attempt.flowRunId, lease);
  }

  /** Moves the expiry of every lease that has not expired. */
  extend(expiresAtMs: number): void {
    for (const [id, lease] of this.#leases) {
      if (lease.isHeld) lease.extend(expiresAtMs);
      else this.#leases.delete(id);
    }
  }

  /** Ids of the runs whose leases are held. */
  ids(): readonly string[] {
    return [...this.#leases.values()].filter(({ isHeld }) => isHeld).map(({ attempt }) => attempt.flowRunId);
  }

  /** Ends the leases that the database knows by another token, or not at all. */
  noteTokens(tokens: ReadonlyMap<string, string>): void {
    for (const lease of this.#leases.values()) {
      if (lease.isHeld && tokens.get(lease.attempt.flowRunId) !== lease.fencingToken) lease.lose();
    }
  }

  keepRelease(store: () => void): void {
    this.#unstored.push(store);
  }

  /** Stores the releases that could not be stored before. @throws what the database throws; the rest waits on. */
  storeReleases(): void {
    for (let [store] = this.#unstored; store !== undefined; [store] = this.#unstored) {
      store();
      this.#unstored.shift();
    }
  }
}
