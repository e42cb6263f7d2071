import type { FlowRun, Logger, RunProgress, SecretRegistry } from '@worker-host/core';
import type { InjectionToken } from 'tsyringe';
import type { Slot } from '../slots.js';
import type { RunPhase } from './run-state.js';

/** What the container of one run holds. */
export interface OwnRun {
  readonly flowRun: FlowRun;
  readonly slot: Slot;
  /** Its lines go to the run's log. */
  readonly logger: Logger;
  /** Knows the secrets of this run beside those of the worker; disposed of with the run. */
  readonly secrets: SecretRegistry & { dispose?(): void };
  /** Milliseconds since the epoch at which this worker got the run. */
  readonly sinceMs: number;
}

/** Lifetime: one run. */
export const RUN_TOKENS = {
  Run: Symbol.for('worker-host.run.Run') as InjectionToken<OwnRun>,
} as const;

/** A run in this worker's hands, as the status page shows it. */
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
