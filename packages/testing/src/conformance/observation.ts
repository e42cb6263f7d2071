import { settle } from '../clock/fake-clock.js';
import type { Trial } from './trial.js';

const BEAT_MS = 50;

/** What was seen while a test of the contract ran. */
export interface Observed {
  readonly trials: readonly Trial[];
  /** Whatever calls of a worker rejected with. */
  readonly reasons: readonly unknown[];
  /** Reasons of promises that nobody handled. */
  readonly unhandled: readonly unknown[];
  /** The secret values that the jobs had. */
  readonly secrets: readonly string[];
  /** The longest time that the event loop stood still, in milliseconds. */
  readonly longestBlockMs: number;
}

/** Watches the process and the trials while one test runs. */
export class Observation {
  readonly trials: Trial[] = [];
  readonly reasons: unknown[] = [];
  readonly secrets: string[] = [];
  readonly #unhandled: unknown[] = [];
  readonly #others = process.listeners('unhandledRejection');
  readonly #noteUnhandled = (reason: unknown): void => void this.#unhandled.push(reason);
  #longestBlockMs = 0;
  #lastBeatMs = performance.now();
  readonly #beat = setInterval(() => this.#measure(), BEAT_MS);

  constructor() {
    this.#beat.unref();
    // The runner's own listeners would fail the test without a word about the rule.
    for (const listener of this.#others) process.off('unhandledRejection', listener);
    process.on('unhandledRejection', this.#noteUnhandled);
  }

  async end(): Promise<Observed> {
    await settle();
    this.#measure();
    clearInterval(this.#beat);
    process.off('unhandledRejection', this.#noteUnhandled);
    for (const listener of this.#others) process.on('unhandledRejection', listener);
    const { trials, secrets } = this;
    const reasons = [...this.reasons, ...trials.flatMap((trial) => trial.rejectedWith ?? [])];
    return { trials, reasons, secrets, unhandled: this.#unhandled, longestBlockMs: this.#longestBlockMs };
  }

  #measure(): void {
    const nowMs = performance.now();
    this.#longestBlockMs = Math.max(this.#longestBlockMs, nowMs - this.#lastBeatMs - BEAT_MS);
    this.#lastBeatMs = nowMs;
  }
}
