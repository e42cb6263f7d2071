/** What has to be released in the end, in the reverse order. One failure does not keep the others from being done. */
export class Belongings {
  readonly #releases: (() => unknown)[] = [];

  /** Remembers how to release something. */
  add(release: () => unknown): void {
    this.#releases.unshift(release);
  }

  /** Lets go of everything; throws the first failure afterwards. */
  async release(): Promise<void> {
    const failures: unknown[] = [];
    for (const release of this.#releases.splice(0)) {
      try {
        await release();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
