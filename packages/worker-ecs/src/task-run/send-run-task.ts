import type { RunTaskAnswer, RunTaskInput } from '../aws/ecs-api.js';
import { isAbort } from '../aws/errors/aws-error-facts.js';
import { requestAt } from '../place/ecs-launch-place.js';
import type { Launch } from './launch.js';
import { clientToken, startedBy } from './launch-token.js';
import { mayHaveExpired } from './token-row.js';

/** The token may have expired: sending it may launch a second task. */
class TokenExpired extends Error {}

/** Nothing was sent: another worker may own the run. */
class NotOwned extends Error {}

/** Outcome of sending a launch. */
export type Sending =
  | { readonly answer: RunTaskAnswer }
  | { readonly refused: unknown }
  /** Nothing was sent: the token is too old. */
  | { readonly expired: true }
  /** Nothing was sent: the run was cancelled while the request waited for the rate limit. */
  | { readonly cancelled: true };

/** Returns the parameters of RunTask for the present token. */
export function requestOf({ prepared, place, name, token }: Launch): RunTaskInput {
  return {
    ...requestAt(prepared.request, place),
    clientToken: clientToken(name, token.row),
    startedBy: startedBy(name),
  };
}

/**
 * Sends a launch once. The request may wait long for the rate limit: immediately before it is sent, the age of its
 * token, the ownership of the run and its cancellation are checked.
 *
 * @throws the reason of the signal, or the error of `assertOwned`.
 */
export async function sendRunTask(launch: Launch, nowMs: () => number): Promise<Sending> {
  const { order, token } = launch;
  const { clients, signal, cancelled } = order;
  if (mayHaveExpired(token.sentSinceMs, nowMs())) return { expired: true };
  const request = requestOf(launch);
  const call = new AbortController();
  let isSent = false;
  const onStop = (): void => call.abort(signal.reason);
  const onCancel = (): void => {
    if (!isSent) call.abort(cancelled.reason);
  };
  const beforeSend = (): void => {
    call.signal.throwIfAborted();
    if (mayHaveExpired(token.sentSinceMs, nowMs())) throw new TokenExpired();
    try {
      order.assertOwned();
    } catch (cause) {
      throw new NotOwned('Another worker may own the run', { cause });
    }
    isSent = true;
  };
  signal.addEventListener('abort', onStop);
  cancelled.addEventListener('abort', onCancel);
  try {
    return { answer: await clients.ecs.runTask(request, { signal: call.signal, priority: 'launch', beforeSend }) };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof NotOwned) throw error.cause;
    if (error instanceof TokenExpired) return { expired: true };
    if (cancelled.aborted && !isSent) return { cancelled: true };
    if (isAbort(error)) throw error;
    return { refused: error };
  } finally {
    signal.removeEventListener('abort', onStop);
    cancelled.removeEventListener('abort', onCancel);
  }
}
