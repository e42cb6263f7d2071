import type { FilteredLogEvent } from '../aws/logs-api.js';

/** One line of a container. */
export interface OutputLine {
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly timestampMs: number;
}

/**
 * How far a stream has been read: the time of the last line, and how many lines of that very time. So it outlives the
 * tokens of AWS and this process.
 */
export class StreamCursor {
  #lastMs: number;
  #readOfLastMs: number;
  /** Lines of the last time that an earlier process read, still to be passed over. */
  #toSkip: number;
  /** Ids of the lines of the last time that this process read. */
  #idsOfLastMs = new Set<string>();

  constructor(text: string | null) {
    const [lastMs, count] = (text ?? '').split(':').map(Number);
    const isValid = Number.isSafeInteger(lastMs) && Number.isSafeInteger(count);
    this.#lastMs = isValid && lastMs !== undefined ? lastMs : 0;
    this.#readOfLastMs = isValid && count !== undefined ? count : 0;
    this.#toSkip = this.#readOfLastMs;
  }

  /** Where to go on after a restart: `<milliseconds>:<lines of that time>`. */
  get text(): string {
    return `${this.#lastMs}:${this.#readOfLastMs}`;
  }

  /** Time of the last line, in milliseconds since the epoch; 0: none was read. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** Takes in all lines of the stream from a time on, not later than {@link lastMs}; returns the new ones in order. */
  take(events: readonly FilteredLogEvent[]): readonly OutputLine[] {
    const fresh: OutputLine[] = [];
    const inOrder = [...events].sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0));
    let toSkip = this.#toSkip;
    for (const { message = '', timestamp = 0, eventId = '' } of inOrder) {
      if (timestamp < this.#lastMs || this.#idsOfLastMs.has(eventId)) continue;
      if (timestamp === this.#lastMs && toSkip > 0) {
        toSkip -= 1;
        if (eventId) this.#idsOfLastMs.add(eventId);
        continue;
      }
      this.#advance(timestamp, eventId);
      fresh.push({ message, timestampMs: timestamp });
    }
    this.#toSkip = toSkip;
    return fresh;
  }

  #advance(timestampMs: number, eventId: string): void {
    if (timestampMs > this.#lastMs) {
      this.#lastMs = timestampMs;
      this.#readOfLastMs = 0;
      this.#toSkip = 0;
      this.#idsOfLastMs = new Set();
    }
    this.#readOfLastMs += 1;
    if (eventId) this.#idsOfLastMs.add(eventId);
  }
}
