import type { Clock } from '@worker-host/core';

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Sends labels of one run in one request. */
type SendLabels = (labels: Readonly<Record<string, string>>, isUrgent: boolean) => Promise<void>;

/**
 * Labels of one run on their way to the server. Those that may wait go with the next ones that may not, or by themselves
 * after a while, so that they cost no request of their own.
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
    /** Whether labels may be sent that nothing waits for; else they wait on. */
    private readonly maySend: () => boolean,
  ) {}

  /** Adds labels that may wait; resolves when they are stored. */
  add(labels: Readonly<Record<string, string>>): Promise<void> {
    Object.assign(this.#labels, textsOf(labels));
    const stored = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
    if (this.#timer === null) this.#startTimer();
    return stored;
  }

  /** Stores labels now, with all that wait. */
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

  /** Drops what waits. */
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
    this.#timer?.abort();
    this.#timer = null;
  }
}

/** Any other value would make the run, and every list that it is in, unreadable. */
function textsOf(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => typeof value === 'string'));
}
