import type { HostStatus } from '../host/status.js';

/** Response of a check: the status code and the JSON body. */
export interface CheckAnswer {
  readonly statusCode: 200 | 503;
  readonly body: {
    readonly message: string;
    readonly problems?: readonly string[];
    readonly passedOver?: readonly string[];
    readonly pluginFaults?: readonly string[];
  };
}

/**
 * Liveness: whether the worker's loops make progress. Problems that a restart of the worker does not fix (the control plane or
 * AWS is unavailable, credentials are missing) belong to {@link readyAnswer}.
 */
export function healthAnswer({ stuckLoops }: HostStatus): CheckAnswer {
  if (stuckLoops.length === 0) return { statusCode: 200, body: { message: 'OK' } };
  const problems = stuckLoops.map((name) => `The ${name} loop is stuck`);
  return { statusCode: 503, body: { message: 'Worker may be unresponsive at this time', problems } };
}

/**
 * Readiness: whether the worker claims runs. It is connected, can reach its infrastructure, and is not stopping. A record that
 * the control plane cannot read is reported, but the worker stays ready: it serves all others.
 */
export function readyAnswer(status: HostStatus): CheckAnswer {
  const { phase, lastHeartbeatMs, problems } = status;
  const notes = {
    ...(status.passedOver.length === 0 ? {} : { passedOver: status.passedOver }),
    ...(status.pluginFaults.length === 0 ? {} : { pluginFaults: status.pluginFaults }),
  };
  if (phase === 'working' && lastHeartbeatMs !== null && problems.length === 0)
    return { statusCode: 200, body: { message: 'Ready', ...notes } };
  return { statusCode: 503, body: { message: `Not ready: ${phase}`, problems, ...notes } };
}
