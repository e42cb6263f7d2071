import type { RunProgress } from '@worker-host/core';
import type { InjectionToken } from 'tsyringe';
import type { RunRecord } from './run-record.js';
import type { RunPhase } from './run-state.js';

/** Values in the container of one run besides classes. Lifetime: one run. */
export const RUN_TOKENS = {
  Record: Symbol.for('worker-host.run.Record') as InjectionToken<RunRecord>,
} as const;

/** An active run of this worker, as the web page shows it. */
export interface RunStatus {
  readonly flowRunId: string;
  readonly name: string;
  readonly phase: RunPhase;
  /** When this worker received it. */
  readonly sinceMs: number;
  readonly infrastructurePid: string | null;
  readonly isCancelling: boolean;
  readonly relaunches: number;
  readonly progress: RunProgress | null;
  /** Number of consecutive failures of the current step; 0: none. */
  readonly failures: number;
}
