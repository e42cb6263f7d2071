/** Heartbeats are due at least as often as declared; one more than so many intervals after the last shows a gap. */
const GAP_INTERVALS = 1.5;

/**
 * Since when the server has taken the heartbeats of this process without a gap. While it takes none, or this process
 * sends none, the silence of another worker says nothing about it. Times are monotonic milliseconds.
 */
export class ServedSpan {
  readonly #mostGapMs: number;
  #sinceMs = Number.POSITIVE_INFINITY;
  #lastMs = Number.NEGATIVE_INFINITY;

  /** @param declaredSeconds interval between heartbeats that this worker declares */
  constructor(declaredSeconds: number) {
    this.#mostGapMs = declaredSeconds * GAP_INTERVALS * 1000;
  }

  /** A heartbeat that the server took. */
  note(beganAtMs: number): void {
    if (beganAtMs - this.#lastMs > this.#mostGapMs) this.#sinceMs = beganAtMs;
    this.#lastMs = Math.max(this.#lastMs, beganAtMs);
  }

  /** Infinity: the server takes none at present. */
  sinceMs(nowMs: number): number {
    return nowMs - this.#lastMs > this.#mostGapMs ? Number.POSITIVE_INFINITY : this.#sinceMs;
  }
}
