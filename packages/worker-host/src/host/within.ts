import type { Clock } from '@worker-host/core';

/** One object, as a new one would cost its stack each time. */
const IN_TIME = new Error('It finished in time');

/**
 * Settles as the promise does, or rejects with the limit's error after so many seconds, or with the signal's reason when
 * it is aborted first. What the promise comes to later is discarded.
 */
export async function within<T>(
  clock: Clock,
  limitSeconds: number,
  promise: Promise<T>,
  onLimit: () => Error,
  signal?: AbortSignal,
): Promise<T> {
  promise.catch(() => {});
  const over = new AbortController();
  const abort = (): void => over.abort(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  const limit = clock.sleep(limitSeconds * 1000, over.signal).then(() => {
    throw onLimit();
  });
  limit.catch(() => {});
  try {
    return await Promise.race([promise, limit]);
  } finally {
    signal?.removeEventListener('abort', abort);
    over.abort(IN_TIME);
  }
}
