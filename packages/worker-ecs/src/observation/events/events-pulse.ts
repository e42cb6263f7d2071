import { injectable } from 'tsyringe';

const ALIVE_FOR_MS = 10 * 60_000;
const LATE_AFTER_MS = 30_000;

/** Whether task events can be relied on to hasten what polling finds: proven by receipts, refuted by omissions. */
@injectable()
export class EventsPulse {
  #receivedAtMs = Number.NEGATIVE_INFINITY;
  #omittedAtMs = Number.NEGATIVE_INFINITY;
  #sharedAtMs = Number.NEGATIVE_INFINITY;

  /** An event about a task of ours came in. */
  received(nowMs: number): void {
    this.#receivedAtMs = nowMs;
  }

  /** An event about a task of another worker came in: the others receive some of ours, too. */
  shared(nowMs: number): void {
    this.#sharedAtMs = nowMs;
  }

  /** Polling found an end of which no event had told. */
  foundByPolling(nowMs: number, stoppedForMs: number | null): void {
    if (stoppedForMs !== null && stoppedForMs > LATE_AFTER_MS) this.#omittedAtMs = nowMs;
  }

  provesAlive(nowMs: number): boolean {
    if (nowMs - this.#sharedAtMs < ALIVE_FOR_MS) return false;
    return nowMs - this.#receivedAtMs < ALIVE_FOR_MS && this.#receivedAtMs > this.#omittedAtMs;
  }
}
