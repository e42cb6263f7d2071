import type { WorkerResult } from '@worker-host/core';

/** Who is told of the ends of runs. It holds up none of them. */
export interface RunObserver {
  /**
   * The end of a run was reported here, by this worker or, before, by the job itself.
   *
   * @param result null: the run was not launched, or cannot be watched.
   */
  reported(flowRunId: string, result: WorkerResult | null): void;
  /** Resolves once nothing that was reported has to be read from the control plane any more. */
  settled(): Promise<void>;
}

export const silentObserver: RunObserver = { reported: () => {}, settled: async () => {} };
