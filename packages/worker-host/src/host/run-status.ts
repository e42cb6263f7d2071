import type { RunProgress } from '@worker-host/core';

/** How far a run has come in this worker. */
export type RunPhase =
  | 'scheduled'
  | 'claimed'
  | 'rendered'
  | 'submitting'
  | 'launched'
  | 'running'
  | 'ended'
  | 'reported';

export interface RunStatus {
  readonly flowRunId: string;
  readonly name: string;
  readonly phase: RunPhase;
  /** When this worker took it up. */
  readonly sinceMs: number;
  readonly infrastructurePid: string | null;
  readonly isCancelling: boolean;
  readonly relaunches: number;
  readonly progress: RunProgress | null;
}
