import type { JsonObject } from '../json/json.js';

/** Why a job ended, for people. */
export interface Diagnosis {
  /** Stable identifier of the cause. Example: `out-of-memory`. */
  readonly kind: string;
  readonly level: 'info' | 'warning' | 'error';
  /** One line. */
  readonly summary: string;
  /** All known details. */
  readonly detail: string;
  /** What to do. Null: unknown. */
  readonly resolution: string | null;
}

/**
 * Reads the last lines of a job's output. The host calls it at most once, and after it has reported the end, so that the report does
 * not wait for them; on the embedded pool before. A failure is logged. When the signal is aborted, the lines are no longer needed.
 */
export type LogTailReader = (signal: AbortSignal) => Promise<readonly string[]>;

/** Facts about an ended job in addition to its exit status. */
export interface WorkerEnd {
  /** Null: it never ran, or its exit code was not reported. */
  readonly exitCode: number | null;
  /** True: a user or the host requested the stop. */
  readonly stopRequested: boolean;
  /**
   * Whether code of the job may have run. `no`: a relaunch repeats nothing.
   * `unknown` counts as `yes`, unless the infrastructure itself ended the job.
   */
  readonly userCodeRan: 'yes' | 'no' | 'unknown';
  /** True: the infrastructure failed, not the job, and another launch may succeed. */
  readonly relaunchable: boolean;
  readonly diagnosis: Diagnosis | null;
  /** Seconds by phase, in order. Examples: queued, provisioning, image_pull, start, run, stop. */
  readonly phasesSeconds: Readonly<Record<string, number>>;
  /**
   * Last lines of the job's output, if it failed and they are not in the log of the run yet; or what reads them, if that takes a
   * while.
   */
  readonly logTail: readonly string[] | LogTailReader;
  /** Number of the launch within the attempt; 0 is the first. */
  readonly relaunch: number;
  /** Time at which the infrastructure ended, in milliseconds since the epoch. Null or absent: unknown. */
  readonly endedAtMs?: number | null;
  /** Further facts, stored with the result of the run. */
  readonly facts: JsonObject;
}

/** Result of a job that has ENDED. Use {@link isSuccess} instead of truthiness. */
export class WorkerResult {
  constructor(
    /** The identifier that was passed to `context.started`. */
    readonly identifier: string,
    /** Exit status of the job; 0: success; −1: none. */
    readonly statusCode: number,
    /** Null: no further facts are known. */
    readonly end: WorkerEnd | null = null,
  ) {}

  get isSuccess(): boolean {
    return this.statusCode === 0;
  }
}
