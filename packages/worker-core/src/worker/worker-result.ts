import type { JsonObject } from '../json/json.js';

/** Why a job ended as it did, for people. */
export interface Diagnosis {
  /** Stable identifier of the kind of end, such as `out-of-memory`. */
  readonly kind: string;
  readonly level: 'info' | 'warning' | 'error';
  /** One line. */
  readonly summary: string;
  /** What is known, in full. */
  readonly detail: string;
  /** What to try. Null: nothing is known to help. */
  readonly resolution: string | null;
}

/** What is known of an ended job beyond its exit status. */
export interface WorkerEnd {
  /** Null: it never ran, or its exit code was not reported. */
  readonly exitCode: number | null;
  /** True when somebody asked for the end (a stop by user or host). */
  readonly stopRequested: boolean;
  /**
   * Whether the job's own code may have begun. `no`: launching it again repeats nothing.
   * `unknown` counts as `yes`, except where the infrastructure itself took the job away.
   */
  readonly userCodeRan: 'yes' | 'no' | 'unknown';
  /** True: the infrastructure failed, not the job, and another launch may well succeed. */
  readonly relaunchable: boolean;
  readonly diagnosis: Diagnosis | null;
  /** Seconds by phase, in order: such as queued, provisioning, image_pull, start, run, stop. */
  readonly phasesSeconds: Readonly<Record<string, number>>;
  /** Last lines of the job's output where it ended badly and they are not in the run's log already. */
  readonly logTail: readonly string[];
  /** Which launch of the attempt this was: 0 the first. */
  readonly relaunch: number;
  /** Milliseconds since the epoch, when the infrastructure had ended. Null or absent: not known. */
  readonly endedAtMs?: number | null;
  /** Anything else, stored with the run's result. */
  readonly facts: JsonObject;
}

/** The outcome of a job that has ENDED. Truthiness is not defined: ask {@link isSuccess}. */
export class WorkerResult {
  constructor(
    /** What `context.started` was told. */
    readonly identifier: string,
    /** The job's exit status; 0 success. −1: it ended without one. */
    readonly statusCode: number,
    /** Null: the worker knows no more. */
    readonly end: WorkerEnd | null = null,
  ) {}

  get isSuccess(): boolean {
    return this.statusCode === 0;
  }
}
