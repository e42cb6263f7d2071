/**
 * A promise of nothing that is created only when it is first read, because most are never awaited and each active run
 * would hold several. It resolves or rejects once; a rejection need not be handled.
 */
export class LazySignal {
  /** Undefined: pending. Null: resolved. */
  #reason: Error | null | undefined;
  #promise: Promise<void> | null = null;
  #settle: ((reason: Error | null) => void) | null = null;

  get promise(): Promise<void> {
    this.#promise ??= this.#create();
    return this.#promise;
  }

  resolve(): void {
    this.#end(null);
  }

  reject(reason: Error): void {
    this.#end(reason);
  }

  #end(reason: Error | null): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#settle?.(reason);
    this.#settle = null;
  }

  #create(): Promise<void> {
    const promise = new Promise<void>((resolve, reject) => {
      this.#settle = (reason) => (reason === null ? resolve() : reject(reason));
    });
    promise.catch(() => {});
    if (this.#reason !== undefined) this.#settle?.(this.#reason);
    return promise;
  }
}
