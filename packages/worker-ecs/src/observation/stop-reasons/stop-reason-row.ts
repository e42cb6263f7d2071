/** Cause of a task's end, for decisions and metrics. */
export type StopCause =
  | 'user'
  | 'service'
  | 'application-exit'
  | 'out-of-memory'
  | 'image'
  | 'network'
  | 'permissions'
  | 'configuration'
  | 'spot'
  | 'host'
  | 'start-up-flake'
  | 'capacity-never-came'
  | 'failed-to-start'
  | 'vanished'
  | 'time-limit'
  | 'unknown';

/**
 * Whether another launch of the same attempt makes sense. `never`: it would end the same way. `if-not-run`: only if the job's
 * own code cannot have started. `yes`: the infrastructure ended the job.
 */
export type RelaunchRule = 'never' | 'if-not-run' | 'yes';

/** A message of ECS about the end of a task, as an example. */
export interface StopReasonExample {
  readonly stopCode?: string;
  readonly stoppedReason?: string;
  readonly containerReason?: string;
}

/** One kind of end. The first matching row applies. */
export interface StopReasonRow {
  /** Stable, kebab-case. */
  readonly code: string;
  readonly cause: StopCause;
  readonly stopCodes?: readonly string[];
  /**
   * Matches one line of AWS's own words ({@link awsProse}): the task's stopped reason, or the reason of a container. `^` is the
   * beginning of such a reason, without a leading `TaskFailedToStart:`.
   */
  readonly pattern?: RegExp;
  readonly level: 'info' | 'warning' | 'error';
  readonly summary: string;
  /** What to try. Null: nothing needs to be done. */
  readonly resolution: string | null;
  readonly relaunch: RelaunchRule;
  /** Messages of AWS, for the documentation and the tests. */
  readonly example: StopReasonExample;
  /** Similar messages with another meaning, for the tests. */
  readonly unlike?: readonly StopReasonExample[];
}
