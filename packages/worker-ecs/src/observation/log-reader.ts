import { awsErrorFacts } from '../aws/aws-error-facts.js';
import type { LogsApi } from '../aws/logs-api.js';
import type { LogLocation } from './log-location.js';

const PAGE_EVENTS = 10_000;
const MOST_PAGES_AT_ONCE = 20;

export interface OutputLine {
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly timestampMs: number;
}

/**
 * Reads one container's output from where it was left, line by line, none twice and none left out. The cursor names the
 * time of the last line and how many lines of that very time were read, so that it outlives the tokens of AWS.
 */
export class LogReader {
  #lastMs: number;
  #readOfLastMs: number;
  #token: string | null = null;
  /** Lines of the cursor's own time still to be passed over, after a start by time. */
  #toSkip = 0;
  /** True once the stream was seen to exist. */
  exists = false;

  constructor(
    private readonly logs: LogsApi,
    private readonly location: LogLocation,
    cursor: string | null,
  ) {
    const [lastMs, count] = (cursor ?? '').split(':').map(Number);
    const isValid = Number.isSafeInteger(lastMs) && Number.isSafeInteger(count);
    this.#lastMs = isValid && lastMs !== undefined ? lastMs : 0;
    this.#readOfLastMs = isValid && count !== undefined ? count : 0;
  }

  /** Where to go on after a restart. */
  get cursor(): string {
    return `${this.#lastMs}:${this.#readOfLastMs}`;
  }

  /** Lines since the last call. A missing group or stream is normal: then there are none. */
  async read(signal?: AbortSignal): Promise<readonly OutputLine[]> {
    const lines: OutputLine[] = [];
    for (let page = 0; page < MOST_PAGES_AT_ONCE; page += 1) {
      const answer = await this.#page(signal);
      if (answer === null) break;
      lines.push(...answer.lines);
      if (answer.isEnd) break;
    }
    return lines;
  }

  async #page(signal: AbortSignal | undefined): Promise<{ lines: readonly OutputLine[]; isEnd: boolean } | null> {
    const sent = this.#token;
    const position = sent === null ? this.#position() : { nextToken: sent };
    if (sent === null) this.#toSkip = this.#readOfLastMs;
    try {
      const { events, nextForwardToken } = await this.logs.getLogEvents(
        {
          logGroupName: this.location.group,
          logStreamName: this.location.stream,
          startFromHead: true,
          limit: PAGE_EVENTS,
          ...position,
        },
        signal ? { signal } : {},
      );
      this.exists = true;
      this.#token = nextForwardToken;
      const lines = events.map(({ message, timestamp }) => ({ message: message ?? '', timestampMs: timestamp ?? 0 }));
      const fresh = this.#withoutRead(lines);
      this.#advance(fresh);
      return { lines: fresh, isEnd: nextForwardToken === null || nextForwardToken === sent };
    } catch (error) {
      const { name } = awsErrorFacts(error);
      if (name === 'ResourceNotFoundException') return null;
      if (sent === null || name !== 'InvalidParameterException') throw error;
      this.#token = null;
      return { lines: [], isEnd: false };
    }
  }

  #position(): { readonly startTime?: number } {
    return this.#lastMs > 0 ? { startTime: this.#lastMs } : {};
  }

  /** Leaves out the lines of the cursor's own time that were read before it was taken. */
  #withoutRead(lines: readonly OutputLine[]): readonly OutputLine[] {
    if (this.#toSkip === 0) return lines;
    const cursorMs = this.#lastMs;
    return lines.filter(({ timestampMs }) => {
      if (timestampMs !== cursorMs || this.#toSkip === 0) return timestampMs >= cursorMs;
      this.#toSkip -= 1;
      return false;
    });
  }

  #advance(lines: readonly OutputLine[]): void {
    for (const { timestampMs } of lines) {
      if (timestampMs > this.#lastMs) {
        this.#lastMs = timestampMs;
        this.#readOfLastMs = 1;
      } else if (timestampMs === this.#lastMs) {
        this.#readOfLastMs += 1;
      }
    }
  }
}
