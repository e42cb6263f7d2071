import { createHash } from 'node:crypto';

const STARTED_BY_PREFIX = 'wh';
const STARTED_BY_MAX_LENGTH = 128;
const ALLOWED = /^[A-Za-z0-9_-]+$/;

/** What names a launch: the same for whichever worker carries it out. */
export interface LaunchName {
  readonly flowRunId: string;
  readonly attemptId: string;
  /** Which launch of the attempt: 0 the first. */
  readonly relaunch: number;
}

/**
 * RunTask's `clientToken`: 64 hex digits from run, attempt and relaunch.
 *
 * @param placement counts answers that placed nothing. ECS replays such an answer for its token, so that each gets a
 * new one; the row of tokens is the same in every process.
 */
export function clientToken({ flowRunId, attemptId, relaunch }: LaunchName, placement: number): string {
  return createHash('sha256')
    .update(JSON.stringify([flowRunId, attemptId, relaunch, placement]))
    .digest('hex');
}

/** RunTask's `startedBy`: `wh/<run>/<attempt>/<relaunch>`, by which a task is found again and its events are sorted. */
export function startedBy({ flowRunId, attemptId, relaunch }: LaunchName): string {
  const text = `${STARTED_BY_PREFIX}/${part(flowRunId)}/${part(attemptId)}/${relaunch}`;
  if (text.length <= STARTED_BY_MAX_LENGTH) return text;
  throw new RangeError(`startedBy would be longer than ${STARTED_BY_MAX_LENGTH} characters: ${text}`);
}

/** Reads `startedBy`; null: the task was not started by this project. */
export function parseStartedBy(text: string | undefined): LaunchName | null {
  const [prefix, run, attempt, relaunch, ...rest] = text?.split('/') ?? [];
  if (prefix !== STARTED_BY_PREFIX || !run || !attempt || !/^\d+$/.test(relaunch ?? '') || rest.length > 0) return null;
  return { flowRunId: unpart(run), attemptId: unpart(attempt), relaunch: Number(relaunch) };
}

/** Ids of plain characters stand as they are; any other as `_` and the hexadecimal of its bytes. */
function part(id: string): string {
  if (ALLOWED.test(id) && !id.startsWith('_')) return id;
  return `_${Buffer.from(id, 'utf8').toString('hex')}`;
}

function unpart(text: string): string {
  return text.startsWith('_') ? Buffer.from(text.slice(1), 'hex').toString('utf8') : text;
}
