import type { Clock, Logger } from '@worker-host/core';
import { backedOffMs, spacedMs } from './back-off.js';
import { isUnauthorized } from './orchestrator-failure.js';

export interface LoopOptions {
  /** For log lines: `poll`. */
  readonly name: string;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted: the loop ends after the round it is in. */
  readonly signal: AbortSignal;
  /** Told of what no later round can mend. */
  readonly onFatal: (error: unknown) => void;
}

/**
 * Does one thing again and again. Failures in a row double the interval and are logged when they begin and when they
 * end; a success brings the interval back. Only a refusal of our credentials ends it.
 */
export class Loop {
  #failures = 0;
  #lastError: unknown = null;
  #isWoken = false;
  #nap: AbortController | null = null;

  constructor(private readonly options: LoopOptions) {}

  /** Failed rounds in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** One line about what goes wrong; null: nothing. */
  get problem(): string | null {
    if (this.#failures === 0) return null;
    const text = this.#lastError instanceof Error ? this.#lastError.message : String(this.#lastError);
    return `${this.options.name} has failed ${this.#failures} times in a row: ${text}`;
  }

  /** The next round begins at once. */
  wake(): void {
    this.#isWoken = true;
    this.#nap?.abort();
  }

  /** Runs rounds until the signal is aborted. The first begins after an interval, or at once with `now`. */
  async run(round: () => Promise<void>, first: 'now' | 'later' = 'now'): Promise<void> {
    const { signal } = this.options;
    if (first === 'later') await this.#wait();
    while (!signal.aborted) {
      this.#isWoken = false;
      await this.round(round);
      await this.#wait();
    }
  }

  /** One round, guarded and counted. */
  async round(round: () => Promise<void>): Promise<void> {
    const { name, logger, signal, onFatal } = this.options;
    try {
      await round();
      if (this.#failures > 0) logger.info('Works again', { loop: name, failures: this.#failures });
      this.#failures = 0;
      this.#lastError = null;
    } catch (error) {
      if (signal.aborted) return;
      this.#failures += 1;
      this.#lastError = error;
      if (isUnauthorized(error)) onFatal(error);
      else if (this.#failures === 1) logger.warn('Failed; it is tried again', { loop: name, error });
      else logger.debug('Failed again', { loop: name, failures: this.#failures, error });
    }
  }

  async #wait(): Promise<void> {
    const { intervalMs, clock, signal } = this.options;
    if (signal.aborted || (this.#isWoken && this.#failures === 0)) return;
    const nap = new AbortController();
    const abort = (): void => nap.abort();
    this.#nap = nap;
    signal.addEventListener('abort', abort, { once: true });
    try {
      await clock.sleep(spacedMs(backedOffMs(intervalMs, this.#failures), clock), nap.signal);
    } catch (error) {
      if (!nap.signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', abort);
      this.#nap = null;
    }
  }
}
