/** Back-off of 1, 2, 4, … up to 30 seconds between attempts, reset after a success. */
export class Backoff {
  #tries = 0;

  constructor(
    private readonly firstMs = 1000,
    private readonly longestMs = 30_000,
  ) {}

  nextMs(): number {
    const ms = Math.min(this.firstMs * 2 ** this.#tries, this.longestMs);
    this.#tries += 1;
    return ms;
  }

  reset(): void {
    this.#tries = 0;
  }
}
