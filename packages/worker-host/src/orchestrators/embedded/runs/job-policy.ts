import { PoolInputError } from '../embedded-errors.js';

/** What follows from the end of an attempt that a rule fits. */
export const END_ACTIONS = ['retry', 'fail', 'complete'] as const;
export type EndAction = (typeof END_ACTIONS)[number];

export const BACK_OFFS = ['fixed', 'exponential'] as const;
export type JobBackOff = (typeof BACK_OFFS)[number];

/** How often and when a run is tried again. */
export interface JobRetries {
  /** Most attempts, the first one included. */
  readonly attempts: number;
  /** Wait before the second attempt, in seconds. Default: 10. */
  readonly delaySeconds?: number;
  /** `exponential` doubles the wait with each attempt. Default: `exponential`. */
  readonly backOff?: JobBackOff;
  /** Longest wait, in seconds. Default: 3600. */
  readonly maxDelaySeconds?: number;
  /** Part of the wait, 0 to 1, by which it is longer or shorter at random. Default: 0.25. */
  readonly jitter?: number;
}

/** What follows from some ends. All conditions that are given have to fit; the first rule that fits counts. */
export interface EndRule {
  /** Exit codes and ranges of them, such as `75` or `1-9,75`. */
  readonly exitCodes?: string;
  /** The diagnosis' kind, with `*` for any text; `time-limit` and `not-launched` are kinds as well. */
  readonly kind?: string;
  /** Pattern for the reason of the end; `*` matches any text. */
  readonly reason?: string;
  readonly action: EndAction;
}

/** How long a run may take, in seconds. */
export interface JobTimeLimits {
  /** From its scheduled time to its claim; then it ends Cancelled, named `Expired`. */
  readonly queueSeconds?: number;
  /** From its claim until its job runs; then the attempt is stopped and ends Failed, named `TimedOut`. */
  readonly startSeconds?: number;
  /** How long its job runs; then the attempt is stopped and ends Failed, named `TimedOut`. */
  readonly runSeconds?: number;
}

/** What becomes of the ends of a run, and how long it may take. Empty: one attempt, no limits. */
export interface JobPolicy {
  readonly retries?: JobRetries;
  readonly rules?: readonly EndRule[];
  readonly limits?: JobTimeLimits;
}

const MOST_ATTEMPTS = 1000;
const RANGES = /^\d+(-\d+)?(,\d+(-\d+)?)*$/;

/** A run's own policy over its deployment's: retries and rules as a whole, limits each. Null: neither says anything. */
export function mergePolicies(base: JobPolicy | null, own: JobPolicy | null): JobPolicy | null {
  const limits = { ...base?.limits, ...own?.limits };
  const merged: JobPolicy = { ...base, ...own, ...(Object.keys(limits).length === 0 ? {} : { limits }) };
  return Object.keys(merged).length === 0 ? null : merged;
}

/** @throws PoolInputError naming all that is wrong with it. */
export function assertJobPolicy({ retries, rules = [], limits = {} }: JobPolicy): void {
  const problems = [
    ...(retries === undefined ? [] : retryProblems(retries)),
    ...rules.flatMap((rule, index) => ruleProblems(rule).map((problem) => `rule ${index + 1}: ${problem}`)),
    ...Object.entries(limits)
      .filter(([, seconds]) => !(Number.isFinite(seconds) && seconds > 0))
      .map(([name, seconds]) => `the time limit ${name} must be above 0 s (found: ${seconds})`),
  ];
  if (problems.length > 0) throw new PoolInputError('policy', problems);
}

function retryProblems({ attempts, delaySeconds = 0, maxDelaySeconds = 0, jitter = 0 }: JobRetries): readonly string[] {
  return [
    ...(Number.isSafeInteger(attempts) && attempts >= 1 && attempts <= MOST_ATTEMPTS
      ? []
      : [`attempts must be 1 to ${MOST_ATTEMPTS} (found: ${attempts})`]),
    ...(delaySeconds >= 0 ? [] : [`the delay of a retry must be 0 s or more (found: ${delaySeconds})`]),
    ...(maxDelaySeconds >= 0 ? [] : [`the longest delay of a retry must be 0 s or more (found: ${maxDelaySeconds})`]),
    ...(jitter >= 0 && jitter <= 1 ? [] : [`the jitter of a retry must be 0 to 1 (found: ${jitter})`]),
  ];
}

function ruleProblems({ exitCodes, kind, reason, action }: EndRule): readonly string[] {
  return [
    ...(END_ACTIONS.includes(action) ? [] : [`it must end in one of ${END_ACTIONS.join(', ')} (found: ${action})`]),
    ...(exitCodes === undefined && kind === undefined && reason === undefined ? ['it has no condition'] : []),
    ...(exitCodes === undefined || RANGES.test(exitCodes)
      ? []
      : [`exit codes must have the form 75 or 1-9,75 (found: ${exitCodes})`]),
  ];
}
