import { createHash } from 'node:crypto';

const STARTED_BY_PREFIX = 'wh';
const STARTED_BY_MAX_LENGTH = 128;
const ALLOWED = /^[A-Za-z0-9_-]+$/;

/** Identifies a launch, for whichever worker executes it. */
export interface LaunchName {
  readonly flowRunId: string;
  readonly attemptId: string;
  /** Number of the launch within the attempt; 0 is the first. */
  readonly relaunch: number;
}

/**
 * Returns RunTask's `clientToken`: 64 hex digits from run, attempt and relaunch.
 *
 * @param placement number of responses that placed nothing. ECS replays such a response for its token, so each gets a
 * new one; the sequence of tokens is the same in every process.
 */
export function clientToken({ flowRunId, attemptId, relaunch }: LaunchName, placement: number): string {
  return createHash('sha256')
    .update(JSON.stringify([flowRunId, attemptId, relaunch, placement]))
    .digest('hex');
}

/**
 * Returns RunTask's `startedBy`, `wh/<run>/<attempt>/<relaunch>`, by which a task is found again and its events are
 * assigned.
 */
export function startedBy({ flowRunId, attemptId, relaunch }: LaunchName): string {
  const text = `${STARTED_BY_PREFIX}/${part(flowRunId)}/${part(attemptId)}/${relaunch}`;
  if (text.length <= STARTED_BY_MAX_LENGTH) return text;
  throw new RangeError(`startedBy would be longer than ${STARTED_BY_MAX_LENGTH} characters: ${text}`);
}

/** Parses `startedBy`; null: the task was not started by this project. */
export function parseStartedBy(text: string | undefined): LaunchName | null {
  const [prefix, run, attempt, relaunch, ...rest] = text?.split('/') ?? [];
  if (prefix !== STARTED_BY_PREFIX || !run || !attempt || !/^\d+$/.test(relaunch ?? '') || rest.length > 0) return null;
  return { flowRunId: unpart(run), attemptId: unpart(attempt), relaunch: Number(relaunch) };
}

/** Ids of plain characters are unchanged; any other becomes `_` and the hexadecimal of its bytes. */
function part(id: string): string {
  if (ALLOWED.test(id) && !id.startsWith('_')) return id;
  return `_${Buffer.from(id, 'utf8').toString('hex')}`;
}

function unpart(text: string): string {
  return text.startsWith('_') ? Buffer.from(text.slice(1), 'hex').toString('utf8') : text;
}
