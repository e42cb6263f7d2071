/** The process of a worker: it can be paused, resumed and killed, and its notifications can be withheld. */
export class FakeProcess {
  #isPaused = false;
  #isMuted = false;
  #isDead = false;
  #waiting: (() => void)[] = [];
  #messages: (() => void)[] = [];

  get isDead(): boolean {
    return this.#isDead;
  }

  kill(): void {
    this.#isDead = true;
    this.#waiting = [];
    this.#messages = [];
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    for (const wake of this.#waiting.splice(0)) wake();
    this.#flush();
  }

  mute(): void {
    this.#isMuted = true;
  }

  unmute(): void {
    this.#isMuted = false;
    this.#flush();
  }

  /** Resolves while the process runs: immediately, after a resume, or never. */
  async gate(): Promise<void> {
    if (this.#isDead) await new Promise<never>(() => undefined);
    while (this.#isPaused) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#isDead) await new Promise<never>(() => undefined);
  }

  /** Delivers a notification in a later microtask, in order. */
  deliver(message: () => void): void {
    if (this.#isDead) return;
    this.#messages.push(message);
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    while (!this.#isPaused && !this.#isMuted && !this.#isDead) {
      const message = this.#messages.shift();
      if (message === undefined) return;
      message();
    }
  }
}
