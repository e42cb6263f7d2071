import type { EcsTask } from '../../aws/ecs-api.js';

/** Tasks that are described in one call at most. */
export const DESCRIBE_BATCH = 100;

const FASTEST_MS = 1_000;
const FAST_MS = 2_000;
const MIDDLE_MS = 5_000;
const STEADY_MS = 10_000;
const STEADY_WITH_EVENTS_MS = 60_000;
const FAST_WITH_EVENTS_MS = 10_000;
/** Half of the rate AWS allows for reads, left over for others in the account. */
const DESCRIBE_CALLS_PER_SECOND = 10;
const ENDING = ['DEACTIVATING', 'STOPPING', 'DEPROVISIONING', 'STOPPED', 'DELETED'];

/** What decides when a task is looked at again. */
export interface LookFacts {
  /** Null: not seen yet. */
  readonly task: EcsTask | null;
  /** True: its stop was ordered. */
  readonly isStopping: boolean;
  /** Since the launch, or since it was adopted. */
  readonly ageMs: number;
  readonly sinceChangeMs: number;
  /** Events are known to arrive. */
  readonly eventsProveAlive: boolean;
  /** Tasks looked at in the same group. */
  readonly watchedTasks: number;
}

/** Milliseconds until the next look: often while things change, seldom while they do not, never beyond the rate. */
export function nextLookMs(facts: LookFacts): number {
  const wishedMs = facts.eventsProveAlive ? withEventsMs(facts) : withoutEventsMs(facts);
  const affordableMs = (facts.watchedTasks / DESCRIBE_BATCH / DESCRIBE_CALLS_PER_SECOND) * 1000;
  return Math.max(wishedMs, affordableMs);
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

/** True: the task is stopping or stopped, as ECS shows it. */
export function isEnding(task: EcsTask | null): boolean {
  return task?.desiredStatus === 'STOPPED' || ENDING.includes(task?.lastStatus ?? '');
}

const NOT_VISIBLE_YET_MS = 10 * 60_000;
const READ_GLITCH_MS = 10 * 60_000;
const CONFIRM_MISSING_MS = 60_000;
const RETENTION_MS = 55 * 60_000;
const LOOKS_TO_CONFIRM = 3;

/** What is known of a task that ECS reports as missing. */
export interface MissingFacts {
  /** Launched by this process, that long ago; null: adopted from an earlier one. */
  readonly launchedAgoMs: number | null;
  /** When this process saw it last, that long ago; null: never. */
  readonly seenAgoMs: number | null;
  readonly missingForMs: number;
  /** Looks in a row that found it missing. */
  readonly looks: number;
}

/**
 * True: the task is gone for good. Just after the launch it is merely not visible yet, and a task seen a while ago
 * cannot be forgotten before an hour has passed, so that is a glitch of reading until it lasts.
 */
export function isGone({ launchedAgoMs, seenAgoMs, missingForMs, looks }: MissingFacts): boolean {
  if (looks < LOOKS_TO_CONFIRM || missingForMs < CONFIRM_MISSING_MS) return false;
  if (seenAgoMs !== null) return seenAgoMs > RETENTION_MS || missingForMs >= READ_GLITCH_MS;
  return launchedAgoMs === null || launchedAgoMs >= NOT_VISIBLE_YET_MS;
}
