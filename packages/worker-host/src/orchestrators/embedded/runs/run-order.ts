import { PoolInputError } from '../embedded-errors.js';

/** The priority of a run that has none. */
export const USUAL_PRIORITY = 100;
const LEAST_URGENT = 1000;
/** What one step of priority is worth, in waiting time. As the column `order_ms` has it. */
const STEP_MS = 60_000;

/** How far a run may be put back by its priority, in milliseconds. */
export const LONGEST_PUT_BACK_MS = (LEAST_URGENT - USUAL_PRIORITY) * STEP_MS;

/** While which runs of a key are there no second one is created. */
export const UNIQUE_WHILE = ['waiting', 'open'] as const;
export type UniqueWhile = (typeof UNIQUE_WHILE)[number];

/** A key that one run has at a time, within a deployment, or a pool for plain commands. */
export interface Uniqueness {
  readonly key: string;
  /** `waiting`: until it is claimed; `open` (default): until it has ended. */
  readonly while?: UniqueWhile;
  /** Instead: for so long after it was created, in seconds, whatever became of it. */
  readonly forSeconds?: number;
}

/** @throws PoolInputError */
export function assertRunPriority(priority: number): void {
  if (Number.isSafeInteger(priority) && priority >= 1 && priority <= LEAST_URGENT) return;
  throw new PoolInputError('priority', [
    `that of a run must be a whole number of 1 to ${LEAST_URGENT}; 1 is the most urgent (found: ${priority})`,
  ]);
}

/** @throws PoolInputError */
export function assertUniqueness({ key, forSeconds }: Uniqueness): void {
  const problems = [
    ...(key === '' ? ['the key must not be empty'] : []),
    ...(forSeconds === undefined || forSeconds > 0 ? [] : [`its time must be above 0 s (found: ${forSeconds})`]),
  ];
  if (problems.length > 0) throw new PoolInputError('unique key', problems);
}
