import type { HostStatus } from '../host/status.js';

/** An answer of a check: the status code and the JSON body. */
export interface CheckAnswer {
  readonly statusCode: 200 | 503;
  readonly body: { readonly message: string; readonly problems?: readonly string[] };
}

/**
 * Liveness: whether the worker's loops turn. What a restart of the worker does not mend (the control plane or AWS is away,
 * credentials are missing) is the business of {@link readyAnswer}.
 */
export function healthAnswer({ stuckLoops }: HostStatus): CheckAnswer {
  if (stuckLoops.length === 0) return { statusCode: 200, body: { message: 'OK' } };
  const problems = stuckLoops.map((name) => `The ${name} loop does not turn any more`);
  return { statusCode: 503, body: { message: 'Worker may be unresponsive at this time', problems } };
}

/** Readiness: whether the worker claims runs. It is connected, can reach its infrastructure, and is not stopping. */
export function readyAnswer(status: HostStatus): CheckAnswer {
  if (status.phase === 'working' && status.lastHeartbeatMs !== null && status.problems.length === 0)
    return { statusCode: 200, body: { message: 'Ready' } };
  return { statusCode: 503, body: { message: `Not ready: ${status.phase}`, problems: status.problems } };
}
