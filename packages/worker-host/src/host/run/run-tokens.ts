import type { RunProgress } from '@worker-host/core';
import type { InjectionToken } from 'tsyringe';
import type { RunRecord } from './run-record.js';
import type { RunPhase } from './run-state.js';

/** What the container of one run holds beside classes. Lifetime: one run. */
export const RUN_TOKENS = {
  Record: Symbol.for('worker-host.run.Record') as InjectionToken<RunRecord>,
} as const;

/** A run in this worker's hands, as the web page shows it. */
export interface RunStatus {
  readonly flowRunId: string;
  readonly name: string;
  readonly phase: RunPhase;
  /** When this worker got it. */
  readonly sinceMs: number;
  readonly infrastructurePid: string | null;
  readonly isCancelling: boolean;
  readonly relaunches: number;
  readonly progress: RunProgress | null;
  /** Failures in a row of what is being done for the run; 0: none. */
  readonly failures: number;
}
