/**
 * Tells plugins when what they reported has been acted upon. Each launch has its own promise: it resolves when the end
 * of the run is reported, or, where another launch follows, when that one is stored.
 */
export class ReportedSignal {
  #resolve: () => void = () => {};
  #reject: (reason: Error) => void = () => {};
  #current: Promise<void> = this.#next();
  #superseded: (() => void)[] = [];

  /** The promise of the present launch. */
  get current(): Promise<void> {
    return this.#current;
  }

  /** Another launch follows, which no other worker knows of yet. */
  supersede(): void {
    this.#superseded.push(this.#resolve);
    this.#current = this.#next();
  }

  /** The present launch is stored. */
  confirmLaunch(): void {
    for (const resolve of this.#superseded.splice(0)) resolve();
  }

  /** The end is reported. */
  resolve(): void {
    this.confirmLaunch();
    this.#resolve();
  }

  /** The run is released before. */
  reject(reason: Error): void {
    this.#reject(reason);
  }

  #next(): Promise<void> {
    const next = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // A worker need not listen.
    next.catch(() => {});
    return next;
  }
}
