/** What ended a task, for decisions and metrics. */
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
 * Whether another launch of the same attempt makes sense. `never`: it would end alike. `if-not-run`: when the job's own
 * code cannot have begun. `yes`: the infrastructure took the job away.
 */
export type RelaunchRule = 'never' | 'if-not-run' | 'yes';

/** A text of ECS about the end of a task, as an example. */
export interface StopReasonExample {
  readonly stopCode?: string;
  readonly stoppedReason?: string;
  readonly containerReason?: string;
}

/** One kind of end. The first row that matches counts. */
export interface StopReasonRow {
  /** Stable, kebab-case. */
  readonly code: string;
  readonly cause: StopCause;
  readonly stopCodes?: readonly string[];
  /**
   * Matches one line of AWS's own words ({@link awsProse}): the task's stopped reason, or the reason of a container. `^` is
   * the beginning of such a reason, without a leading `TaskFailedToStart:`.
   */
  readonly pattern?: RegExp;
  readonly level: 'info' | 'warning' | 'error';
  readonly summary: string;
  /** What to try. Null: nothing needs to be done. */
  readonly resolution: string | null;
  readonly relaunch: RelaunchRule;
  /** AWS's own words, for the page and for the tests. */
  readonly example: StopReasonExample;
  /** Texts that look alike and mean something else, for the tests. */
  readonly unlike?: readonly StopReasonExample[];
}
