import { setMaxListeners } from 'node:events';

/** A signal that follows others until it is disposed. */
export interface LinkedSignal {
  /** Aborted with the reason of the first of the others that is aborted. */
  readonly signal: AbortSignal;
  /** Unlinks it: the others keep nothing of it. Safe to call twice. */
  dispose(): void;
}

/**
 * Returns a signal that is aborted when any of the given ones is. Unlike `AbortSignal.any`, it leaves nothing behind on
 * signals that outlive it, once {@link LinkedSignal.dispose} was called or one of them was aborted. Linking takes time in
 * the number of listeners that a signal has, so thousands should not link to one.
 */
export function linkSignals(...signals: readonly AbortSignal[]): LinkedSignal {
  const controller = new AbortController();
  const dispose = (): void => {
    for (const signal of signals) signal.removeEventListener('abort', onAbort);
  };
  function onAbort(this: AbortSignal): void {
    dispose();
    controller.abort(this.reason);
  }
  const aborted = signals.find((signal) => signal.aborted);
  if (aborted) {
    controller.abort(aborted.reason);
    return { signal: controller.signal, dispose };
  }
  // Each of many runs may listen to one signal, and each stops listening.
  setMaxListeners(0, controller.signal, ...signals);
  for (const signal of signals) signal.addEventListener('abort', onAbort);
  return { signal: controller.signal, dispose };
}
