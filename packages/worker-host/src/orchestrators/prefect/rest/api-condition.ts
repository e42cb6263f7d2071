import type { Clock, Logger } from '@worker-host/core';

/** A request without a response for longer than this is logged. */
const UNANSWERED_AFTER_MS = 10_000;
/** Reason that ends the timer of a request; without one, `abort()` makes an error with a stack. */
const ANSWERED = new Error('the request was answered');

/** Condition of the API: responding, failing, or in announced maintenance. Logs each change once. */
export class ApiCondition {
  #problem: string | null = null;
  #isMaintenance = false;
  #isLongWaitSaid = false;
  readonly #redirectsSaid = new Set<string>();

  constructor(
    readonly apiUrl: string,
    private readonly logger: Logger,
  ) {}

  /** The problem, in one line for people; null: the API responds. */
  get problem(): string | null {
    return this.#problem;
  }

  /** The API responded without a failure. */
  noteWorking(): void {
    if (this.#problem === null) return;
    const message = this.#isMaintenance
      ? 'The maintenance of the Prefect API has ended'
      : 'The Prefect API responds again';
    this.#problem = null;
    this.#isMaintenance = false;
    this.#isLongWaitSaid = false;
    this.logger.info(message, { apiUrl: this.apiUrl });
  }

  noteFailing(path: string, problem: string): void {
    if (this.#problem !== null) return;
    this.#problem = `The Prefect API does not respond: ${problem}`;
    this.logger.warn('The Prefect API does not respond; requests are retried', { apiUrl: this.apiUrl, path, problem });
  }

  /** A request was sent. Returns a function to call when its response has come. */
  expectAnswer(path: string, clock: Pick<Clock, 'sleep'>): () => void {
    const answered = new AbortController();
    clock.sleep(UNANSWERED_AFTER_MS, answered.signal).then(
      () => this.noteFailing(path, `no response within ${UNANSWERED_AFTER_MS / 1000} s`),
      () => {},
    );
    return () => answered.abort(ANSWERED);
  }

  /** Requests wait until it is over, however long that takes. */
  noteMaintenance(waitMs: number): void {
    if (this.#isMaintenance) return;
    this.#isMaintenance = true;
    this.#problem = 'The Prefect API announces maintenance';
    this.logger.warn('The Prefect API announces maintenance; requests wait until it has ended', {
      apiUrl: this.apiUrl,
      retriedAfterSeconds: Math.round(waitMs / 1000),
    });
  }

  /** The server requests a longer wait than this client accepts. */
  noteLongWait(status: number, askedMs: number, waitMs: number): void {
    if (this.#isLongWaitSaid) return;
    this.#isLongWaitSaid = true;
    this.logger.warn('The Prefect API asks for a long wait; the worker retries sooner', {
      status,
      askedSeconds: Math.round(askedMs / 1000),
      retriedAfterSeconds: Math.round(waitMs / 1000),
    });
  }

  /** The server has another URL than the configured one. */
  noteRedirect(from: string, to: string): void {
    const [oldOrigin, newOrigin] = [new URL(from).origin, new URL(to).origin];
    const key = `${oldOrigin} ${newOrigin}`;
    if (oldOrigin === newOrigin || this.#redirectsSaid.has(key)) return;
    this.#redirectsSaid.add(key);
    this.logger.warn('The Prefect API redirects to another address; set PREFECT_API_URL to it', {
      from: oldOrigin,
      to: newOrigin,
    });
  }
}
