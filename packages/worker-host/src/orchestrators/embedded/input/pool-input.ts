import type { PoolLimits } from '../administration-types.js';
import { PoolInputError } from '../embedded-errors.js';
import type { LimitRule } from '../limits/limit-types.js';

const LONGEST_NAME = 255;

/**
 * @throws PoolInputError for a name that is empty, too long or contains `/`, `%`, `&`, `<`, `>` or a control character.
 */
export function assertName(noun: string, name: string): void {
  if (isFit(name) && !/[/%&<>]/.test(name)) return;
  throw new PoolInputError(noun, [
    `its name must have 1 to ${LONGEST_NAME} characters, without / % & < > and control characters (found: ${shown(name)})`,
  ]);
}

/** @throws PoolInputError for a name of a run that is empty, too long or contains a control character. */
export function assertRunName(name: string): void {
  if (isFit(name)) return;
  throw new PoolInputError('run', [
    `its name must have 1 to ${LONGEST_NAME} characters, without control characters (found: ${shown(name)})`,
  ]);
}

function isFit(name: string): boolean {
  return name.trim() !== '' && name.length <= LONGEST_NAME && !/\p{Cc}/u.test(name);
}

/** A name that is too long is not quoted completely. */
function shown(name: string): string {
  const quoted = JSON.stringify(name.slice(0, LONGEST_NAME));
  return name.length > LONGEST_NAME ? `${quoted}…, ${name.length} characters` : quoted;
}

/** Checks a name that templates refer to. @throws PoolInputError */
export function assertReferenceName(noun: string, name: string): void {
  if (name.length <= LONGEST_NAME && /^[A-Za-z0-9_-]+$/.test(name)) return;
  throw new PoolInputError(noun, [
    `its name must have at most ${LONGEST_NAME} characters: letters without accents, digits, _ and - (found: ${JSON.stringify(name)})`,
  ]);
}

/** @throws PoolInputError unless it is an integer of 0 or more, or none. */
export function assertLimit(limit: number | null | undefined): void {
  if (limit === null || limit === undefined || (Number.isSafeInteger(limit) && limit >= 0)) return;
  throw new PoolInputError('concurrency limit', [`it must be a whole number of 0 or more (found: ${limit})`]);
}

/** @throws PoolInputError unless each is none or a number of 0 or more, an integer except for vCPUs. */
export function assertPoolLimits({ concurrencyLimit, vcpuLimit = null, memoryLimitMib = null }: PoolLimits): void {
  assertLimit(concurrencyLimit);
  const problems = [
    ...(vcpuLimit === null || (Number.isFinite(vcpuLimit) && vcpuLimit >= 0)
      ? []
      : [`the limit of vCPUs must be a number of 0 or more (found: ${vcpuLimit})`]),
    ...(memoryLimitMib === null || (Number.isSafeInteger(memoryLimitMib) && memoryLimitMib >= 0)
      ? []
      : [`the limit of memory must be a whole number of MiB, 0 or more (found: ${memoryLimitMib})`]),
  ];
  if (problems.length > 0) throw new PoolInputError('work pool', problems);
}

/** @throws PoolInputError unless it is an integer of 1 or more, or none. */
export function assertPriority(priority: number | undefined): void {
  if (priority === undefined || (Number.isSafeInteger(priority) && priority >= 1)) return;
  throw new PoolInputError('priority', [
    `it must be a whole number of 1 or more; 1 is the most urgent (found: ${priority})`,
  ]);
}

/** @throws PoolInputError with all problems. */
export function assertLimitRule({ most, onLimit, rate }: LimitRule): void {
  const isCount = (count: number) => Number.isSafeInteger(count) && count >= 1;
  const problems = [
    ...(most === null || isCount(most) ? [] : [`its number of runs must be 1 or more, or none (found: ${most})`]),
    ...(most === null && onLimit !== 'queue' ? [`'${onLimit}' needs a number of runs`] : []),
    ...(rate === null || isCount(rate.runs) ? [] : [`its rate must be of 1 run or more (found: ${rate.runs})`]),
    ...(rate === null || rate.perSeconds > 0 ? [] : [`its rate needs a time above 0 (found: ${rate.perSeconds} s)`]),
    ...(most === null && rate === null ? ['it needs a number of runs or a rate'] : []),
  ];
  if (problems.length > 0) throw new PoolInputError('limit', problems);
}
