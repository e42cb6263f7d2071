import type { JsonObject } from '@worker-host/core';
import type { OnLimit } from '../limits/limit-types.js';

/** When a schedule creates runs. */
export type ScheduleTimes =
  | { readonly kind: 'cron'; readonly cron: string; readonly timezone: string | null }
  /** A rule of RFC 5545: RRULE, with DTSTART, RDATE and EXDATE on separate lines; times are in the schedule's zone. */
  | { readonly kind: 'rrule'; readonly rrule: string; readonly timezone: string | null }
  | { readonly kind: 'interval'; readonly intervalSeconds: number; readonly anchor: string | null };

/** What happens to a due run while the previous one is active: `allow` starts it concurrently. */
export const OVERLAP_POLICIES = ['allow', 'queue', 'skip', 'replace', 'cancel-oldest'] as const;
export type Overlap = 'allow' | OnLimit;

/** Which missed times, at which no worker served the pool, are made up for. */
export const CATCH_UP_POLICIES = ['latest', 'all', 'none'] as const;
export type CatchUp = (typeof CATCH_UP_POLICIES)[number];

/** How the runs of a schedule are created. */
export interface ScheduleRules {
  /** Unique in its deployment; a named schedule creates separate runs at times that another schedule has too. Default: none. */
  readonly name?: string;
  /** Default: `allow`. */
  readonly overlap?: Overlap;
  /** Each run starts later by a random time of up to this many seconds. Default: 0. */
  readonly jitterSeconds?: number;
  /** Default: `latest`. */
  readonly catchUp?: CatchUp;
  /** Maximum age in seconds of a time that is made up for. Default: a day. */
  readonly catchUpSeconds?: number;
  /** Merged over the parameters of the deployment. Default: none. */
  readonly parameters?: JsonObject;
}

/** When and how a deployment runs by itself. */
export type Schedule = ScheduleTimes & ScheduleRules;

/** The current state of a schedule. */
export interface ScheduleView {
  readonly deploymentName: string;
  /** Counted from 1 in its deployment; identifies a schedule without a name. */
  readonly number: number;
  readonly schedule: Schedule;
  /** True: the schedule or its deployment is paused. */
  readonly isPaused: boolean;
  /** RFC 3339; null: not paused, or until resumed. */
  readonly pausedUntil: string | null;
  /** RFC 3339, soonest first, with jitter. Empty while it is paused indefinitely, and if it cannot be read. */
  readonly nextTimes: readonly string[];
  /** Why it creates no runs; null: it does. */
  readonly problem: string | null;
}

/** Returns the next time (RFC 3339) of each deployment that has one, by its name. */
export function nextTimesOf(schedules: readonly ScheduleView[]): ReadonlyMap<string, string> {
  const next = new Map<string, string>();
  for (const { deploymentName, nextTimes } of schedules)
    for (const time of nextTimes) if (time < (next.get(deploymentName) ?? '~')) next.set(deploymentName, time);
  return next;
}
