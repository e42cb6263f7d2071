import type { WorkerResult } from '@worker-host/core';

/** Is notified of the ends of runs, without delaying them. */
export interface RunObserver {
  /**
   * The end of a run was reported, by this worker or, before, by the job itself.
   *
   * @param result null: the run was not launched, or cannot be watched.
   */
  reported(flowRunId: string, result: WorkerResult | null): void;
  /** Resolves when no reported run has to be read from the control plane any more. */
  settled(): Promise<void>;
}

export const silentObserver: RunObserver = { reported: () => {}, settled: async () => {} };
