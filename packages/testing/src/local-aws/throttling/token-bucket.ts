/** A bucket of tokens that calls take, refilled steadily up to the burst. */
export class TokenBucket {
  readonly #burst: number;
  readonly #perSecond: number;
  #tokens: number;
  #refilledAtMs: number;

  constructor(burst: number, perSecond: number, nowMs: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#tokens = burst;
    this.#refilledAtMs = nowMs;
  }

  has(tokens: number, nowMs: number): boolean {
    const gained = (Math.max(0, nowMs - this.#refilledAtMs) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#refilledAtMs = nowMs;
    return this.#tokens >= tokens;
  }

  take(tokens: number): void {
    this.#tokens -= tokens;
  }
}
