import { type Clock, isFinalStateType } from '@worker-host/core';
import type { PrefectApi } from '../api/prefect-api.js';

/** Time that the engine of a job has to report, after the host has let go of the run. */
const REPORT_GRACE_MS = 120_000;
const PAGE = 200;

/** The runs this process has claimed or taken over and that are not over yet, with each one's concurrency lease. */
export class RunsInHand {
  readonly #leases = new Map<string, string | null>();
  readonly #letGoAtMs = new Map<string, number>();

  constructor(private readonly clock: Pick<Clock, 'monotonicMs'>) {}

  get size(): number {
    return this.#leases.size;
  }

  get ids(): readonly string[] {
    return [...this.#leases.keys()];
  }

  has(flowRunId: string): boolean {
    return this.#leases.has(flowRunId);
  }

  add(flowRunId: string, leaseId: string | null): void {
    this.#leases.set(flowRunId, leaseId);
    this.#letGoAtMs.delete(flowRunId);
  }

  remove(flowRunId: string): void {
    this.#leases.delete(flowRunId);
    this.#letGoAtMs.delete(flowRunId);
  }

  /** The host does no more for the run; what its job reported, if anything, is not known here. */
  letGo(flowRunId: string): void {
    if (this.has(flowRunId)) this.#letGoAtMs.set(flowRunId, this.clock.monotonicMs());
  }

  /** True: the host has let go of it, and its job has had all the time to report. */
  isLeft(flowRunId: string): boolean {
    const letGoAtMs = this.#letGoAtMs.get(flowRunId);
    return letGoAtMs !== undefined && this.clock.monotonicMs() - letGoAtMs >= REPORT_GRACE_MS;
  }

  /** Forgets those of the ids that are not among the runs alive: their engines have ended them, and told nobody here. */
  keepOf(ids: readonly string[], alive: readonly { readonly id: string }[]): void {
    const kept = new Set(alive.map(({ id }) => id));
    for (const id of ids) if (!kept.has(id)) this.remove(id);
  }

  leaseOf(flowRunId: string): string | null {
    return this.#leases.get(flowRunId) ?? null;
  }

  /** Asks for the state of every run in hand; forgets those that are over, and tells those to be cancelled. */
  async look(api: PrefectApi, onCancelling: (flowRunId: string) => void, signal?: AbortSignal): Promise<void> {
    const { ids } = this;
    for (let from = 0; from < ids.length; from += PAGE) {
      const page = ids.slice(from, from + PAGE);
      const runs = await api.listFlowRuns({ flow_runs: { id: { any_: page } } }, signal);
      for (const run of runs) {
        const wasNeverStarted = run.state_type === 'CANCELLED' && run.start_time === null;
        if (run.state_type === 'CANCELLING' || wasNeverStarted) onCancelling(run.id);
        if (run.state_type !== null && isFinalStateType(run.state_type)) this.remove(run.id);
      }
      const known = new Set(runs.map((run) => run.id));
      for (const id of page) if (!known.has(id)) this.remove(id);
    }
  }
}
