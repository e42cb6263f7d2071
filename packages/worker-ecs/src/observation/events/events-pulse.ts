import { injectable } from 'tsyringe';

const ALIVE_FOR_MS = 10 * 60_000;
const LATE_AFTER_MS = 30_000;

/**
 * Tracks whether task events arrive reliably and speed up what polling finds: confirmed by receipts, refuted by
 * omissions.
 */
@injectable()
export class EventsPulse {
  #receivedAtMs = Number.NEGATIVE_INFINITY;
  #omittedAtMs = Number.NEGATIVE_INFINITY;
  #sharedAtMs = Number.NEGATIVE_INFINITY;

  /** Records an event about a task of this worker. */
  received(nowMs: number): void {
    this.#receivedAtMs = nowMs;
  }

  /** Records an event about a task of another worker: other workers receive some of ours, too. */
  shared(nowMs: number): void {
    this.#sharedAtMs = nowMs;
  }

  /** Records that polling found an end without a preceding event. */
  foundByPolling(nowMs: number, stoppedForMs: number | null): void {
    if (stoppedForMs !== null && stoppedForMs > LATE_AFTER_MS) this.#omittedAtMs = nowMs;
  }

  provesAlive(nowMs: number): boolean {
    if (nowMs - this.#sharedAtMs < ALIVE_FOR_MS) return false;
    return nowMs - this.#receivedAtMs < ALIVE_FOR_MS && this.#receivedAtMs > this.#omittedAtMs;
  }
}
