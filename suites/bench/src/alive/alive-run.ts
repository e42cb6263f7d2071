/** A run whose task is running. */
export interface AliveRun {
  readonly flowRunId: string;
  readonly infrastructurePid: string;
}

/** Messages of the benchmark to the worker's process. */
export type ToWorker =
  | { readonly kind: 'serve'; readonly runs: readonly AliveRun[] }
  /** The job's own engine has reported the end of this run. */
  | { readonly kind: 'completed'; readonly flowRunId: string };

/** Messages of the worker's process to the benchmark. */
export type FromWorker =
  /** All runs were taken over. */
  | { readonly kind: 'took-over' }
  /** The worker knows how the task of this run ended. */
  | { readonly kind: 'ended'; readonly flowRunId: string; readonly atMs: number }
  | { readonly kind: 'memory'; readonly heapUsedMib: number };

/** The attempt of every run of this benchmark. */
export const ATTEMPT_ID = 'attempt-1';
