/** Resources that are released at the end, in reverse order. A failure does not prevent releasing the others. */
export class Belongings {
  readonly #releases: (() => unknown)[] = [];

  /** Registers how to release a resource. */
  add(release: () => unknown): void {
    this.#releases.unshift(release);
  }

  /** Releases everything; throws the first failure afterwards. */
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
