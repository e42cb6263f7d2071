import { settle } from '../clock/fake-clock.js';

const STEP_MS = 25;
const MOST_STEPS = 200;

/** Advances the time. Null: the clock is real. */
type LetTimePass = (() => Promise<void> | void) | null;

/** Waits for a worker while time passes in its world, and reports what it waited for if that does not happen. */
export class Patience {
  constructor(
    private readonly seconds: number,
    private readonly letTimePass: () => LetTimePass,
  ) {}

  /** Returns the outcome of a promise. @throws Error if it does not settle in time. */
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

  /** Returns whether a condition becomes true within a bounded time. */
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

  /** Lets a short time pass, in which pending actions happen. */
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
