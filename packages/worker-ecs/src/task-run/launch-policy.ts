import type { LaunchErrorClass } from '../aws/launch-errors/launch-error-row.js';
import type { EcsSettings } from '../ecs-settings.js';

/** History of a launch. */
export interface LaunchHistory {
  /** Number of RunTask requests. */
  readonly tries: number;
  /** Number of consecutive requests that ended in the same class. */
  readonly triesOfClass: number;
  /** Seconds since the class first occurred in this launch. */
  readonly classLastsSeconds: number;
}

type Limits = Pick<
  EcsSettings,
  | 'launchMaxAttempts'
  | 'launchMinDelaySeconds'
  | 'launchMinJitterSeconds'
  | 'launchMaxJitterSeconds'
  | 'launchPatienceSeconds'
  | 'capacityWaitSeconds'
>;

const LONGEST_DELAY_SECONDS = 30;
const LONGEST_CAPACITY_DELAY_SECONDS = 60;
const FIRST_CAPACITY_DELAY_SECONDS = 5;
const SETTLING_SECONDS = 60;

/** Returns seconds until the launch is sent again; null: it is given up. */
export function nextLaunchDelaySeconds(
  errorClass: LaunchErrorClass,
  history: LaunchHistory,
  limits: Limits,
  random: number,
): number | null {
  const patienceSeconds = patienceOf(errorClass, limits);
  if (patienceSeconds === null) return null;
  if (history.tries >= limits.launchMaxAttempts && history.classLastsSeconds >= patienceSeconds) return null;
  const { launchMinJitterSeconds: from, launchMaxJitterSeconds: to } = limits;
  const baseSeconds = limits.launchMinDelaySeconds + from + random * Math.max(0, to - from);
  const doubling = 2 ** Math.max(0, history.triesOfClass - 1);
  if (errorClass === 'capacity' && patienceSeconds > 0) {
    const waitSeconds = FIRST_CAPACITY_DELAY_SECONDS * doubling * (0.75 + random / 2);
    return Math.min(LONGEST_CAPACITY_DELAY_SECONDS, Math.max(baseSeconds, waitSeconds));
  }
  return patienceSeconds > 0 ? Math.min(LONGEST_DELAY_SECONDS, baseSeconds * doubling) : baseSeconds;
}

/** Returns how many seconds a class of error is retried beyond the minimum number of attempts; null: not at all. */
function patienceOf(errorClass: LaunchErrorClass, limits: Limits): number | null {
  switch (errorClass) {
    case 'capacity':
      return limits.capacityWaitSeconds;
    case 'throttle':
    case 'maybe-committed':
      return limits.launchPatienceSeconds;
    case 'settling':
    case 'definition-gone':
    case 'already-launched':
      return Math.min(SETTLING_SECONDS, limits.launchPatienceSeconds);
    case 'not-ready':
      return 0;
    case 'permanent':
      return null;
  }
}
