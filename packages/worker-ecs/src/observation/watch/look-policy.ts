import type { EcsTask } from '../../aws/ecs-api.js';

/** Maximum number of tasks per call. */
export const DESCRIBE_BATCH = 100;

const FASTEST_MS = 1_000;
const FAST_MS = 2_000;
const MIDDLE_MS = 5_000;
const STEADY_MS = 10_000;
const STEADY_WITH_EVENTS_MS = 60_000;
const FAST_WITH_EVENTS_MS = 10_000;
/**
 * Delay per call that describes all tasks of the group, while tasks change: with 100 tasks or fewer, one call describes all,
 * and the delays are those above; with 200 it is four seconds, and with more five, which is the interval of Prefect's worker.
 */
const CHANGING_MS_PER_CALL = 2_000;
/** Half of AWS's read rate; the rest is left for others in the account. */
const DESCRIBE_CALLS_PER_SECOND = 10;
const ENDING = ['DEACTIVATING', 'STOPPING', 'DEPROVISIONING', 'STOPPED', 'DELETED'];

/** Input of the decision when a task is polled next. */
export interface LookFacts {
  /** Null: not seen yet. */
  readonly task: EcsTask | null;
  /** True: its stop was requested. */
  readonly isStopping: boolean;
  /** Milliseconds since the launch, or since it was adopted. */
  readonly ageMs: number;
  readonly sinceChangeMs: number;
  /** True: events are known to arrive. */
  readonly eventsProveAlive: boolean;
  /** Number of tasks in the same group. */
  readonly watchedTasks: number;
}

/**
 * Returns milliseconds until the next poll: often while the task changes, rarely while it does not, within the rate
 * limit.
 */
export function nextLookMs(facts: LookFacts): number {
  const wishedMs = facts.eventsProveAlive ? withEventsMs(facts) : withoutEventsMs(facts);
  const calls = Math.ceil(facts.watchedTasks / DESCRIBE_BATCH);
  const sharedMs = calls > 1 ? Math.min(MIDDLE_MS, calls * CHANGING_MS_PER_CALL) : 0;
  const affordableMs = (facts.watchedTasks / DESCRIBE_BATCH / DESCRIBE_CALLS_PER_SECOND) * 1000;
  return Math.max(wishedMs, sharedMs, affordableMs);
}

function withoutEventsMs({ task, isStopping, ageMs, sinceChangeMs }: LookFacts): number {
  if (ageMs < 10_000) return FASTEST_MS;
  if (isStopping || isEnding(task) || ageMs < 60_000) return FAST_MS;
  if (task?.lastStatus !== 'RUNNING') return MIDDLE_MS;
  if (sinceChangeMs < 30_000) return FAST_MS;
  return sinceChangeMs < 120_000 ? MIDDLE_MS : STEADY_MS;
}

function withEventsMs({ task, isStopping, ageMs }: LookFacts): number {
  if (task === null && ageMs < 60_000) return FAST_MS;
  return isStopping || isEnding(task) || ageMs < 120_000 ? FAST_WITH_EVENTS_MS : STEADY_WITH_EVENTS_MS;
}

/** Returns whether ECS reports the task as stopping or stopped. */
export function isEnding(task: EcsTask | null): boolean {
  return task?.desiredStatus === 'STOPPED' || ENDING.includes(task?.lastStatus ?? '');
}

const NOT_VISIBLE_YET_MS = 10 * 60_000;
const READ_GLITCH_MS = 10 * 60_000;
const CONFIRM_MISSING_MS = 60_000;
const RETENTION_MS = 55 * 60_000;
const LOOKS_TO_CONFIRM = 3;

/** Facts about a task that ECS reports as missing. */
export interface MissingFacts {
  /** Milliseconds since this process launched it; null: adopted from an earlier one. */
  readonly launchedAgoMs: number | null;
  /** Milliseconds since this process saw it last; null: never. */
  readonly seenAgoMs: number | null;
  readonly missingForMs: number;
  /** Number of consecutive polls that found it missing. */
  readonly looks: number;
}

/**
 * Returns whether the task no longer exists. Just after the launch it may not be visible yet. ECS keeps a stopped task
 * for an hour, so a task seen more recently is a read glitch until it persists.
 */
export function isGone({ launchedAgoMs, seenAgoMs, missingForMs, looks }: MissingFacts): boolean {
  if (looks < LOOKS_TO_CONFIRM || missingForMs < CONFIRM_MISSING_MS) return false;
  if (seenAgoMs !== null) return seenAgoMs > RETENTION_MS || missingForMs >= READ_GLITCH_MS;
  return launchedAgoMs === null || launchedAgoMs >= NOT_VISIBLE_YET_MS;
}
