/** What happens to a run that is due while a limit it counts for is full. */
export const ON_LIMIT_STRATEGIES = ['queue', 'skip', 'replace', 'cancel-oldest'] as const;
export type OnLimit = (typeof ON_LIMIT_STRATEGIES)[number];

/** How many runs may begin in any stretch of time of a length. */
export interface Rate {
  readonly runs: number;
  /** Above 0. */
  readonly perSeconds: number;
}

/** What a limit allows. */
export interface LimitRule {
  /** Most runs pending, running or being cancelled at once; null: any number. */
  readonly most: number | null;
  readonly onLimit: OnLimit;
  /** Null: runs begin as fast as they can. */
  readonly rate: Rate | null;
}

/** A limit of runs that name its key, with how it is used. */
export interface LimitView extends LimitRule {
  readonly key: string;
  readonly activeRuns: number;
  readonly waitingRuns: number;
}

/** The key that a run counts for. `rule` makes or changes its limit; null: the limit as it is, or of one run at once. */
export interface RunConcurrency {
  readonly key: string;
  readonly rule: Pick<LimitRule, 'most' | 'onLimit'> | null;
}
