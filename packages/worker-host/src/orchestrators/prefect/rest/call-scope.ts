/** Ends all calls under way at once, however they wait: in flight, before the gate or between two tries. */
export class CallScope {
  readonly #active = new Set<AbortController>();
  #closedFor: Error | null = null;

  /** Runs a call with a signal that follows the caller's own and the end of the scope. Leaves no listener behind. */
  async run<Result>(signal: AbortSignal | undefined, call: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    if (this.#closedFor) throw this.#closedFor;
    const controller = new AbortController();
    const follow = (): void => controller.abort(signal?.reason);
    if (signal?.aborted) follow();
    signal?.addEventListener('abort', follow, { once: true });
    this.#active.add(controller);
    try {
      return await call(controller.signal);
    } finally {
      this.#active.delete(controller);
      signal?.removeEventListener('abort', follow);
    }
  }

  /** Every call rejects with the reason from now on. */
  close(reason: Error): void {
    this.#closedFor ??= reason;
    for (const controller of this.#active) controller.abort(reason);
  }
}
