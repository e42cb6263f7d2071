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

/** One kind of end. The first row that matches counts. */
export interface StopReasonRow {
  /** Stable, kebab-case. */
  readonly code: string;
  readonly cause: StopCause;
  readonly stopCodes?: readonly string[];
  /** Of the task's stopped reason and the reasons of its containers, joined by line breaks. */
  readonly pattern?: RegExp;
  readonly level: 'info' | 'warning' | 'error';
  readonly summary: string;
  /** What to try. Null: nothing needs to be done. */
  readonly resolution: string | null;
  readonly relaunch: RelaunchRule;
  /** AWS's own words, for the page and for the tests. */
  readonly example: { readonly stopCode?: string; readonly stoppedReason?: string; readonly containerReason?: string };
}
