import type { Administration, StoredLog } from '../orchestrators/embedded/administration-types.js';

const PAGE_LINES = 1000;

/** Reads the log of a run from its beginning, each line once. */
export class LogFollower {
  #afterSequence = 0;

  constructor(
    private readonly administration: Pick<Administration, 'readLogs'>,
    private readonly flowRunId: string,
    /** Lines of this attempt alone. Null: of all. */
    private readonly attempt: number | null = null,
  ) {}

  /** The lines that have come since the last call. */
  async next(): Promise<readonly StoredLog[]> {
    const lines: StoredLog[] = [];
    for (;;) {
      const page = await this.administration.readLogs(this.flowRunId, {
        afterSequence: this.#afterSequence,
        limit: PAGE_LINES,
        ...(this.attempt === null ? {} : { attempt: this.attempt }),
      });
      lines.push(...page);
      this.#afterSequence = page.at(-1)?.sequence ?? this.#afterSequence;
      if (page.length < PAGE_LINES) return lines;
    }
  }
}
