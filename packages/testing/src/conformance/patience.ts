import { settle } from '../clock/fake-clock.js';

const STEP_MS = 25;
const MOST_STEPS = 200;

/** Lets time pass. Null: it passes by itself. */
type LetTimePass = (() => Promise<void> | void) | null;

/** Waits for what a worker does, while the time of its world passes, and says what was waited for in vain. */
export class Patience {
  constructor(
    private readonly seconds: number,
    private readonly letTimePass: () => LetTimePass,
  ) {}

  /** What a promise comes to. @throws Error where it comes to nothing. */
  async settled<T>(promise: Promise<T>, what: string): Promise<T> {
    let isDone = false;
    const done = promise.finally(() => {
      isDone = true;
    });
    done.catch(() => undefined);
    const endsAtMs = performance.now() + this.seconds * 1000;
    for (await settle(); !isDone; await settle()) {
      if (performance.now() >= endsAtMs) throw new Error(`${what} has not settled within ${this.seconds} s`);
      await this.#step(done);
    }
    return await done;
  }

  /** Whether a condition is met while a bounded time passes. */
  async seesSoon(isMet: () => boolean | Promise<boolean>): Promise<boolean> {
    const endsAtMs = performance.now() + this.seconds * 1000;
    for (let step = 0; step < MOST_STEPS; step += 1) {
      await settle();
      if (await isMet()) return true;
      if (performance.now() >= endsAtMs) break;
      await this.#step();
    }
    return await isMet();
  }

  /** Lets a little time pass, in which whoever is about to do something does it. */
  async moment(): Promise<void> {
    for (let step = 0; step < 4; step += 1) {
      await settle();
      await this.#step();
    }
    await settle();
  }

  async #step(unless: Promise<unknown> = new Promise(() => undefined)): Promise<void> {
    const letTimePass = this.letTimePass();
    if (letTimePass !== null) {
      await letTimePass();
      return;
    }
    const pause = new AbortController();
    const timer = new Promise<void>((resolve) => {
      const handle = setTimeout(resolve, STEP_MS);
      pause.signal.addEventListener('abort', () => clearTimeout(handle));
    });
    await Promise.race([timer, unless.catch(() => undefined)]);
    pause.abort();
  }
}
