import type { HostStatus } from '../host/host-status.js';

/** Intervals without a poll after which the worker counts as stuck. */
const MISSED_POLLS = 30;

/** An answer of a check: the status code and the JSON body. */
export interface CheckAnswer {
  readonly statusCode: 200 | 503;
  readonly body: { readonly message: string; readonly problems?: readonly string[] };
}

/** Whether the worker lives: it looks for work in time, and can see what it launched. */
export function healthAnswer(status: HostStatus, nowMs: number): CheckAnswer {
  const sinceMs = nowMs - (status.lastPollMs ?? status.startedAtMs);
  const isLate = status.phase === 'working' && sinceMs > MISSED_POLLS * status.querySeconds * 1000;
  if (isLate) return { statusCode: 503, body: { message: 'Worker may be unresponsive at this time' } };
  const { workerProblems: problems } = status;
  if (problems.length > 0)
    return { statusCode: 503, body: { message: 'Worker cannot watch its infrastructure', problems } };
  return { statusCode: 200, body: { message: 'OK' } };
}

/** Whether the worker takes up runs: it is connected and not on its way out. */
export function readyAnswer(status: HostStatus): CheckAnswer {
  if (status.phase === 'working' && status.lastSyncMs !== null && status.problems.length === 0)
    return { statusCode: 200, body: { message: 'Ready' } };
  return { statusCode: 503, body: { message: `Not ready: ${status.phase}`, problems: status.problems } };
}
