/** The calls in progress for one signal of a caller. */
interface Following {
  readonly controllers: Set<AbortController>;
  readonly stop: () => void;
}

/** Ends all calls in progress immediately, wherever they wait: in flight, before the gate or between two attempts. */
export class CallScope {
  readonly #active = new Set<AbortController>();
  /** One listener per signal: a caller can pass the same one to hundreds of concurrent calls. */
  readonly #following = new Map<AbortSignal, Following>();
  #closedFor: Error | null = null;

  /** Runs a call with a signal that follows the caller's own and the end of the scope. Leaves no listener behind. */
  async run<Result>(signal: AbortSignal | undefined, call: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    if (this.#closedFor) throw this.#closedFor;
    const controller = new AbortController();
    if (signal) this.#follow(signal, controller);
    this.#active.add(controller);
    try {
      return await call(controller.signal);
    } finally {
      this.#active.delete(controller);
      if (signal) this.#unfollow(signal, controller);
    }
  }

  /** All later calls reject with the reason. */
  close(reason: Error): void {
    this.#closedFor ??= reason;
    for (const controller of this.#active) controller.abort(reason);
  }

  #follow(signal: AbortSignal, controller: AbortController): void {
    if (signal.aborted) {
      controller.abort(signal.reason);
      return;
    }
    const following = this.#following.get(signal) ?? this.#listen(signal);
    following.controllers.add(controller);
  }

  #listen(signal: AbortSignal): Following {
    const controllers = new Set<AbortController>();
    const onAbort = (): void => {
      for (const each of controllers) each.abort(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const following = { controllers, stop: () => signal.removeEventListener('abort', onAbort) };
    this.#following.set(signal, following);
    return following;
  }

  #unfollow(signal: AbortSignal, controller: AbortController): void {
    const following = this.#following.get(signal);
    if (!following?.controllers.delete(controller) || following.controllers.size > 0) return;
    following.stop();
    this.#following.delete(signal);
  }
}
