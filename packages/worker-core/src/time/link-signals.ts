import { setMaxListeners } from 'node:events';

/** A signal that follows others until it is disposed. */
export interface LinkedSignal {
  /** Aborted with the reason of the first signal that is aborted. */
  readonly signal: AbortSignal;
  /** Removes its listeners from the other signals. Safe to call twice. */
  dispose(): void;
}

/**
 * Returns a signal that is aborted when any of the given ones is. Unlike `AbortSignal.any`, it leaves no listeners on
 * longer-lived signals after {@link LinkedSignal.dispose} was called or one of them was aborted. Linking takes linear time in
 * the number of listeners of a signal, so do not link thousands to one.
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
  // Many runs can listen to one signal; each removes its listener.
  setMaxListeners(0, controller.signal, ...signals);
  for (const signal of signals) signal.addEventListener('abort', onAbort);
  return { signal: controller.signal, dispose };
}
