import type { RunMove } from '../../events/run-event-watcher.js';
import type { RunSight } from '../run-reads.js';
import type { LeaseEnd, LeaseTools, RunGrant } from './lease-tools.js';
import { PrefectLease } from './prefect-lease.js';

/** The leases that this process holds, by run. */
export class LeaseBook {
  readonly #held = new Map<string, PrefectLease>();

  constructor(
    private readonly tools: Omit<LeaseTools, 'onEnd'>,
    private readonly onEnd: (flowRunId: string, end: LeaseEnd) => void,
  ) {}

  get size(): number {
    return this.#held.size;
  }

  get ids(): readonly string[] {
    return [...this.#held.keys()];
  }

  has(flowRunId: string): boolean {
    return this.#held.has(flowRunId);
  }

  grant(grant: RunGrant): PrefectLease {
    const { flowRunId } = grant.attempt;
    this.#held.get(flowRunId)?.supersede();
    const onEnd = (end: LeaseEnd): void => {
      this.#held.delete(flowRunId);
      this.onEnd(flowRunId, end);
    };
    const lease = new PrefectLease({ ...this.tools, onEnd }, grant);
    this.#held.set(flowRunId, lease);
    return lease;
  }

  /** Applies a heartbeat that the server accepted (monotonic milliseconds). */
  extend(beganAtMs: number, endedAtMs: number): void {
    for (const lease of this.#held.values()) lease.extend(beganAtMs, endedAtMs);
  }

  /** Releases every run to other workers. */
  async releaseAll(): Promise<void> {
    await Promise.all([...this.#held.values()].map((lease) => lease.release('worker-stopping')));
  }

  /** Applies a run as read; ends its lease if this process no longer owns it. */
  note(flowRunId: string, sight: RunSight): void {
    this.#held.get(flowRunId)?.note(sight);
  }

  /** A state of the run that its lease may not know: the run is read before the next write. */
  noteMove({ flowRunId, stateId, occurredMs }: RunMove): void {
    const lease = this.#held.get(flowRunId);
    if (lease === undefined || lease.attempt.id === stateId || this.isOfEarlierAttempt(flowRunId, occurredMs)) return;
    lease.doubt();
  }

  /** Returns whether something at that time (server's milliseconds) preceded the attempt that is held here. */
  isOfEarlierAttempt(flowRunId: string, occurredMs: number): boolean {
    const lease = this.#held.get(flowRunId);
    return lease !== undefined && occurredMs <= lease.attempt.startedAtMs;
  }
}
