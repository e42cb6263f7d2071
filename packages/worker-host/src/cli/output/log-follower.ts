import type { Administration, StoredLog } from '../../orchestrators/embedded/administration-types.js';
import type { LogQuery } from '../../orchestrators/embedded/runs/stored-logs.js';

const PAGE_LINES = 1000;

/** Filter for the lines of a follower. */
export type FollowedLines = Pick<LogQuery, 'attempt' | 'level' | 'sinceMs' | 'search'>;

/** Reads the log of a run, each line once. */
export class LogFollower {
  #afterSequence = 0;

  constructor(
    private readonly administration: Pick<Administration, 'readLogs'>,
    private readonly flowRunId: string,
    private readonly lines: FollowedLines = {},
  ) {}

  /** Returns the last lines; later reads continue after them. */
  async tail(count: number): Promise<readonly StoredLog[]> {
    const lines = await this.#read({ limit: Math.max(1, count), isTail: true });
    return count === 0 ? [] : lines;
  }

  /** Returns the lines since the last call, in pages; those of a page are ordered by time. */
  async *pages(): AsyncGenerator<readonly StoredLog[]> {
    for (;;) {
      const page = await this.#read({ afterSequence: this.#afterSequence, limit: PAGE_LINES });
      if (page.length > 0) yield page;
      if (page.length < PAGE_LINES) return;
    }
  }

  /** Returns all {@link pages} together. */
  async next(): Promise<readonly StoredLog[]> {
    const lines: StoredLog[] = [];
    for await (const page of this.pages()) lines.push(...page);
    return lines;
  }

  async #read(part: Pick<LogQuery, 'limit' | 'isTail' | 'afterSequence'>): Promise<readonly StoredLog[]> {
    const lines = await this.administration.readLogs(this.flowRunId, { ...this.lines, ...part });
    this.#afterSequence = lines.at(-1)?.sequence ?? this.#afterSequence;
    return [...lines].sort((a, b) => a.timestampMs - b.timestampMs || a.sequence - b.sequence);
  }
}
