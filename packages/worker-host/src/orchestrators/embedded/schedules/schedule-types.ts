import type { JsonObject } from '@worker-host/core';
import type { OnLimit } from '../limits/limit-types.js';

/** When a schedule asks for runs. */
export type ScheduleTimes =
  | { readonly kind: 'cron'; readonly cron: string; readonly timezone: string | null }
  /** A rule of RFC 5545: RRULE, with DTSTART, RDATE and EXDATE on lines of their own, times being those of the zone. */
  | { readonly kind: 'rrule'; readonly rrule: string; readonly timezone: string | null }
  | { readonly kind: 'interval'; readonly intervalSeconds: number; readonly anchor: string | null };

/** What becomes of a run that is due while the one before is active: `allow` starts it beside it. */
export const OVERLAP_POLICIES = ['allow', 'queue', 'skip', 'replace', 'cancel-oldest'] as const;
export type Overlap = 'allow' | OnLimit;

/** Which of the times are made up for that passed while no worker served the pool. */
export const CATCH_UP_POLICIES = ['latest', 'all', 'none'] as const;
export type CatchUp = (typeof CATCH_UP_POLICIES)[number];

/** How the runs of a schedule are created. */
export interface ScheduleRules {
  /** Unique in its deployment; a named schedule makes runs of its own at a time that another schedule has too. Default: none. */
  readonly name?: string;
  /** Default: `allow`. */
  readonly overlap?: Overlap;
  /** Each run starts later by a random time of up to so many seconds. Default: 0. */
  readonly jitterSeconds?: number;
  /** Default: `latest`. */
  readonly catchUp?: CatchUp;
  /** How old a time may be that is made up for, in seconds. Default: a day. */
  readonly catchUpSeconds?: number;
  /** Put over the parameters of the deployment. Default: none. */
  readonly parameters?: JsonObject;
}

/** When a deployment runs by itself, and how. */
export type Schedule = ScheduleTimes & ScheduleRules;

/** A schedule as it stands. */
export interface ScheduleView {
  readonly deploymentName: string;
  /** Counted from 1 in its deployment; names a schedule that has no name. */
  readonly number: number;
  readonly schedule: Schedule;
  /** The schedule or its deployment makes no runs. */
  readonly isPaused: boolean;
  /** RFC 3339; null: not paused, or until it is resumed. */
  readonly pausedUntil: string | null;
  /** RFC 3339, soonest first, with jitter. Empty while it is paused for good, and where it cannot be read. */
  readonly nextTimes: readonly string[];
  /** Why it makes no runs; null: it does. */
  readonly problem: string | null;
}

/** The next time (RFC 3339) of each deployment that has one, by its name. */
export function nextTimesOf(schedules: readonly ScheduleView[]): ReadonlyMap<string, string> {
  const next = new Map<string, string>();
  for (const { deploymentName, nextTimes } of schedules)
    for (const time of nextTimes) if (time < (next.get(deploymentName) ?? '~')) next.set(deploymentName, time);
  return next;
}
