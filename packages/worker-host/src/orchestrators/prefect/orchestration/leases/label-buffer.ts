import type { Clock } from '@worker-host/core';

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Reason that ends the timer; without one, `abort()` makes an error with a stack. */
const NOT_NEEDED = new Error('the labels were sent otherwise');

/** Sends labels of one run in one request. */
type SendLabels = (labels: Readonly<Record<string, string>>, isUrgent: boolean) => Promise<void>;

/**
 * Labels of one run that are not stored yet. Deferrable labels are sent with the next urgent ones, or after a while, so
 * that they cost no separate request.
 */
export class LabelBuffer {
  #labels: Record<string, string> = {};
  #waiting: Waiting[] = [];
  #timer: AbortController | null = null;
  #isDropped = false;

  constructor(
    private readonly clock: Pick<Clock, 'sleep'>,
    private readonly waitMs: number,
    private readonly send: SendLabels,
    /** Returns whether deferrable labels may be sent now; otherwise they keep waiting. */
    private readonly maySend: () => boolean,
  ) {}

  /** Adds deferrable labels; resolves when they are stored. */
  add(labels: Readonly<Record<string, string>>): Promise<void> {
    Object.assign(this.#labels, textsOf(labels));
    const stored = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
    if (this.#timer === null) this.#startTimer();
    return stored;
  }

  /** Stores labels now, with all deferred ones. */
  async flush(labels: Readonly<Record<string, string>> = {}, isUrgent = true): Promise<void> {
    this.#stopTimer();
    const sent = { ...this.#labels, ...textsOf(labels) };
    const waiting = this.#waiting.splice(0);
    this.#labels = {};
    try {
      await this.send(sent, isUrgent);
    } catch (error) {
      this.#labels = { ...sent, ...this.#labels };
      for (const { reject } of waiting) reject(error);
      if (!this.#isDropped && this.#timer === null) this.#startTimer();
      throw error;
    }
    for (const { resolve } of waiting) resolve();
  }

  /** Drops deferred labels. */
  drop(reason: unknown): void {
    this.#isDropped = true;
    this.#stopTimer();
    this.#labels = {};
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
  }

  #startTimer(): void {
    const timer = new AbortController();
    this.#timer = timer;
    this.clock.sleep(this.waitMs, timer.signal).then(
      () => {
        if (this.#timer !== timer) return;
        if (this.maySend()) this.flush({}, false).catch(() => {});
        else this.#startTimer();
      },
      () => {},
    );
  }

  #stopTimer(): void {
    this.#timer?.abort(NOT_NEEDED);
    this.#timer = null;
  }
}

/** Any other value would make the run, and every list that contains it, unreadable. */
function textsOf(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => typeof value === 'string'));
}
