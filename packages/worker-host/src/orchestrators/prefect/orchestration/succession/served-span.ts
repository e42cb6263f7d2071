/**
 * Heartbeats are due at least as often as declared; one more than this number of intervals after the last shows a gap.
 */
const GAP_INTERVALS = 1.5;

/**
 * Tracks since when the server has stored the heartbeats of this process without a gap. While it stores none, or this
 * process sends none, the silence of another worker means nothing. Times are monotonic milliseconds.
 */
export class ServedSpan {
  readonly #mostGapMs: number;
  #sinceMs = Number.POSITIVE_INFINITY;
  #lastMs = Number.NEGATIVE_INFINITY;

  /** @param declaredSeconds heartbeat interval that this worker declares */
  constructor(declaredSeconds: number) {
    this.#mostGapMs = declaredSeconds * GAP_INTERVALS * 1000;
  }

  /** Records a heartbeat that the server stored. */
  note(beganAtMs: number): void {
    if (beganAtMs - this.#lastMs > this.#mostGapMs) this.#sinceMs = beganAtMs;
    this.#lastMs = Math.max(this.#lastMs, beganAtMs);
  }

  /** Infinity: the server currently stores none. */
  sinceMs(nowMs: number): number {
    return nowMs - this.#lastMs > this.#mostGapMs ? Number.POSITIVE_INFINITY : this.#sinceMs;
  }
}
