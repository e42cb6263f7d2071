import { LazySignal } from '../lazy-signal.js';

/**
 * Notifies plugins when their result has been processed. Each launch has its own promise: it resolves when the end of
 * the run is reported, or, if another launch follows, when that one is stored.
 */
export class ReportedSignal {
  #current = new LazySignal();
  #superseded: LazySignal[] | null = null;

  get launch(): LazySignal {
    return this.#current;
  }

  /** Promise of the current launch. */
  get current(): Promise<void> {
    return this.#current.promise;
  }

  /** Another launch follows, which is not stored yet. */
  supersede(): void {
    this.#superseded ??= [];
    this.#superseded.push(this.#current);
    this.#current = new LazySignal();
  }

  /** The current launch is stored. */
  confirmLaunch(): void {
    for (const earlier of this.#superseded ?? []) earlier.resolve();
    this.#superseded = null;
  }

  /** The end is reported. */
  resolve(): void {
    this.confirmLaunch();
    this.#current.resolve();
  }

  /** The run is released before its end is reported. */
  reject(reason: Error): void {
    this.#current.reject(reason);
  }
}
