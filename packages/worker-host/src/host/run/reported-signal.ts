/**
 * Notifies plugins when their result has been processed. Each launch has its own promise: it resolves when the end of
 * the run is reported, or, if another launch follows, when that one is stored.
 */
export class ReportedSignal {
  #resolve: () => void = () => {};
  #reject: (reason: Error) => void = () => {};
  #current: Promise<void> = this.#next();
  #superseded: (() => void)[] = [];

  /** Promise of the current launch. */
  get current(): Promise<void> {
    return this.#current;
  }

  /** Another launch follows, which is not stored yet. */
  supersede(): void {
    this.#superseded.push(this.#resolve);
    this.#current = this.#next();
  }

  /** The current launch is stored. */
  confirmLaunch(): void {
    for (const resolve of this.#superseded.splice(0)) resolve();
  }

  /** The end is reported. */
  resolve(): void {
    this.confirmLaunch();
    this.#resolve();
  }

  /** The run is released before its end is reported. */
  reject(reason: Error): void {
    this.#reject(reason);
  }

  #next(): Promise<void> {
    const next = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // A plugin may ignore the promise.
    next.catch(() => {});
    return next;
  }
}
