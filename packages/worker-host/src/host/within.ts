import type { Clock } from '@worker-host/core';

/** A shared object, because each new one would capture a stack. */
const IN_TIME = new Error('It finished in time');

/**
 * Settles as the promise does, or rejects with the limit's error after the time limit, or with the signal's reason if
 * it is aborted before. A later outcome of the promise is discarded.
 *
 * @param limitSeconds at most 24 days. Null: no limit.
 */
export async function within<T>(
  clock: Clock,
  limitSeconds: number | null,
  promise: Promise<T>,
  onLimit: () => Error,
  signal?: AbortSignal,
): Promise<T> {
  promise.catch(() => {});
  const over = new AbortController();
  const abort = (): void => over.abort(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  const limit = limitSeconds === null ? aborted(over.signal) : clock.sleep(limitSeconds * 1000, over.signal);
  const isOver = limit.then(() => {
    throw onLimit();
  });
  isOver.catch(() => {});
  try {
    return await Promise.race([promise, isOver]);
  } finally {
    signal?.removeEventListener('abort', abort);
    over.abort(IN_TIME);
  }
}

/** Rejects with the signal's reason when it is aborted. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
