import type { Clock } from '@worker-host/core';

/** An operation exceeded its deadline. */
class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/** Runs an operation whose signal is aborted at the deadline, or when the given signal is. */
export async function withDeadline<T>(
  clock: Pick<Clock, 'sleep'>,
  ms: number,
  outer: AbortSignal | undefined,
  operation: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer?.throwIfAborted();
  const inner = new AbortController();
  const settled = new AbortController();
  const onAbort = (): void => inner.abort(outer?.reason);
  outer?.addEventListener('abort', onAbort, { once: true });
  clock.sleep(ms, settled.signal).then(
    () => inner.abort(new DeadlineError(`no response within ${ms} ms`)),
    () => {},
  );
  try {
    return await Promise.race([operation(inner.signal), rejectionOf(inner.signal)]);
  } finally {
    settled.abort();
    outer?.removeEventListener('abort', onAbort);
  }
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
