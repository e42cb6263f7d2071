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

/** What a worker host is doing, for health checks, the status page and programs that embed it. */
export interface HostStatus {
  readonly workerName: string;
  readonly workerType: string;
  readonly workPoolName: string;
  readonly controlPlane: string;
  readonly phase: 'starting' | 'working' | 'draining' | 'stopped';
  readonly startedAtMs: number;
  /** Null: none yet. */
  readonly lastPollMs: number | null;
  readonly lastSyncMs: number | null;
  readonly querySeconds: number;
  readonly isPoolPaused: boolean;
  readonly slots: { readonly taken: number; readonly limit: number | null };
  readonly runs: readonly RunStatus[];
  readonly runsEnded: number;
  /** One line each; empty: all is well. */
  readonly problems: readonly string[];
}
