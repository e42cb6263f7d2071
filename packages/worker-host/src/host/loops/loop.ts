import type { Clock, Logger, Meter } from '@worker-host/core';
import { isFatal } from '../failure.js';
import { seconds } from '../retry.js';
import type { FatalHandler } from '../tokens.js';

export interface LoopOptions {
  /** Its name in metrics. */
  readonly id: 'heartbeat' | 'poll' | 'take-over' | 'reconcile';
  /** Subject of its log lines. Example: `Polling for runs`. */
  readonly name: string;
  /** Returns the milliseconds until the next round begins, after a number of consecutive failures. */
  readonly pause: (failures: number) => number;
  /** True: the interval is measured from the start of a round. Default: from its end. */
  readonly isPaced?: boolean;
  /** Milliseconds after which a round is aborted and counts as failed. */
  readonly deadlineMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly onFatal: FatalHandler;
}

/** Abort reasons; shared objects, because each new one would capture a stack. */
const WOKEN = new Error('The loop was woken');
const ROUND_OVER = new Error('The round is over');

/** How late a turn can be before the loop counts as stuck. */
const LATE_MS = 60_000;

/**
 * Repeats one operation. Logs when failures begin and when they end. {@link wake} shortens the delay only after a success:
 * backing off after a failure ends only by time.
 */
export class Loop {
  #failures = 0;
  #lastError: unknown = null;
  #isWoken = false;
  #nap: AbortController | null = null;
  #beganMs = 0;
  #turnDueMs = Number.POSITIVE_INFINITY;
  #isRunning = false;

  constructor(private readonly options: LoopOptions) {}

  /** Number of consecutive failed rounds. */
  get failures(): number {
    return this.#failures;
  }

  /** The current problem, in one line. Null: none. */
  get problem(): string | null {
    if (this.#failures === 0) return null;
    const text = this.#lastError instanceof Error ? this.#lastError.message : String(this.#lastError);
    return `${this.options.name} failed ${this.#failures} ${this.#failures === 1 ? 'time' : 'times'} in a row: ${text}`;
  }

  /** True while rounds begin and end in time, whether they succeed or not. Also before the first and after the last round. */
  get isTurning(): boolean {
    return !this.#isRunning || this.options.clock.monotonicMs() <= this.#turnDueMs + LATE_MS;
  }

  /** Starts the next round immediately, unless the last one failed. */
  wake(): void {
    this.#isWoken = true;
    if (this.#failures === 0) this.#nap?.abort(WOKEN);
  }

  /**
   * Runs rounds until the signal is aborted.
   *
   * @param first delay of the first round.
   */
  async run(
    round: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
    first: 'now' | 'later' = 'now',
  ): Promise<void> {
    this.#isRunning = true;
    try {
      this.#beganMs = this.options.clock.monotonicMs();
      if (first === 'later') await this.#sleep(signal);
      while (!signal.aborted) {
        this.#isWoken = false;
        await this.round(round, signal);
        await this.#sleep(signal);
      }
    } finally {
      this.#isRunning = false;
    }
  }

  /** Runs one round within its deadline, with error handling and metrics. Its signal is aborted when it is over. */
  async round(round: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { name, logger, onFatal, clock, deadlineMs } = this.options;
    this.#beganMs = clock.monotonicMs();
    this.#turnDueMs = this.#beganMs + deadlineMs;
    try {
      await this.#withinDeadline(round, signal);
      if (this.#failures > 0)
        logger.info(`${name} succeeded after ${this.#failures} ${this.#failures === 1 ? 'failure' : 'failures'}`);
      this.#failures = 0;
      this.#lastError = null;
      this.#measure('success');
    } catch (error) {
      if (signal.aborted) return;
      this.#failures += 1;
      this.#lastError = error;
      this.#measure('failure');
      if (isFatal(error)) onFatal(error);
      else if (this.#failures === 1) logger.warn(`${name} failed; retrying`, { error });
      else logger.debug(`${name} failed again`, { failures: this.#failures, error });
    }
  }

  #measure(outcome: 'success' | 'failure'): void {
    const { id: loop, meter, clock } = this.options;
    meter.count('worker_host_loop_rounds_total', { loop, outcome });
    meter.observe('worker_host_loop_round_seconds', (clock.monotonicMs() - this.#beganMs) / 1000, { loop });
    if (outcome === 'success')
      meter.gauge('worker_host_loop_last_success_timestamp_seconds', clock.nowMs() / 1000, { loop });
  }

  async #withinDeadline(round: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { name, clock, deadlineMs } = this.options;
    const own = new AbortController();
    const abort = (): void => own.abort(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    const deadline = clock.sleep(deadlineMs, own.signal).then(() => {
      const error = new Error(`${name} did not finish within ${seconds(deadlineMs)}`);
      own.abort(error);
      throw error;
    });
    deadline.catch(() => {});
    try {
      await Promise.race([round(own.signal), deadline]);
    } finally {
      own.abort(ROUND_OVER);
      signal.removeEventListener('abort', abort);
    }
  }

  async #sleep(signal: AbortSignal): Promise<void> {
    const { clock, pause, isPaced = false } = this.options;
    const nowMs = clock.monotonicMs();
    const ms = Math.max(0, pause(this.#failures) - (isPaced ? nowMs - this.#beganMs : 0));
    this.#turnDueMs = nowMs + ms;
    if (signal.aborted || (this.#isWoken && this.#failures === 0)) return;
    const nap = new AbortController();
    const abort = (): void => nap.abort(signal.reason);
    this.#nap = nap;
    signal.addEventListener('abort', abort, { once: true });
    try {
      await clock.sleep(ms, nap.signal);
    } catch (error) {
      if (!nap.signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', abort);
      this.#nap = null;
    }
  }
}
