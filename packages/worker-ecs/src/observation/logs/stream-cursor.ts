import type { FilteredLogEvent } from '../../aws/logs-api.js';

/** One line of a container. */
export interface OutputLine {
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly timestampMs: number;
}

/** A line that was read, kept to recognise it. */
interface KnownLine {
  readonly timestampMs: number;
  readonly digest: string;
}

/** A line at most this much older than the last one is found, however late CloudWatch Logs shows it. */
const LATE_MS = 60_000;
/** In a busy stream fewer seconds are read again: this many lines. All lines with the last timestamp are kept in addition. */
const MOST_KNOWN = 500;
const DIGEST_LENGTH = 7;
const FORM = /^(\d+):(\d+):((?:[\da-z]{8,}(?:,[\da-z]{8,})*)?)$/;

/**
 * Read position in a stream. CloudWatch Logs can show a line after newer ones, so the last minute is read again, and lines that
 * were read before are recognised by their ids. Valid beyond the tokens of AWS and this process.
 */
export class StreamCursor {
  /** Ordered by time. */
  #known: readonly KnownLine[] = [];
  #fromMs = 0;
  #lastMs = 0;
  #text: string | null = null;

  /** @param text as returned by {@link text}; null or invalid: the beginning. */
  constructor(text: string | null) {
    const [, last, back, known] = FORM.exec(text ?? '') ?? [];
    if (last === undefined || back === undefined || known === undefined) return;
    this.#lastMs = Number(last);
    this.#fromMs = this.#lastMs - Number(back);
    this.#known = known === '' ? [] : known.split(',').map((entry) => lineOf(entry, this.#lastMs));
  }

  /** Serialized position: `<milliseconds of the last line>:<milliseconds read again>:<known lines>`. */
  get text(): string {
    this.#text ??= `${this.#lastMs}:${this.#lastMs - this.#fromMs}:${this.#known
      .map(({ timestampMs, digest }) => (this.#lastMs - timestampMs).toString(36) + digest)
      .join(',')}`;
    return this.#text;
  }

  /** Time from which to read, in milliseconds since the epoch; 0: nothing was read. */
  get fromMs(): number {
    return this.#fromMs;
  }

  /** Adds all lines of the stream from a time not later than {@link fromMs}; returns the new ones, ordered by time. */
  take(events: readonly FilteredLogEvent[]): readonly OutputLine[] {
    const known = new Set(this.#known.map(({ digest }) => digest));
    const withoutId = new Map<number, number>();
    const fresh: OutputLine[] = [];
    const added: KnownLine[] = [];
    for (const { message = '', timestamp = 0, eventId } of inOrder(events)) {
      if (timestamp < this.#fromMs) continue;
      const nth = withoutId.get(timestamp) ?? 0;
      if (!eventId) withoutId.set(timestamp, nth + 1);
      const digest = digestOf(eventId || `${timestamp} ${nth}`);
      if (timestamp <= this.#lastMs && known.has(digest)) continue;
      fresh.push({ message, timestampMs: timestamp });
      added.push({ timestampMs: timestamp, digest });
    }
    if (added.length > 0) this.#remember(added);
    return fresh;
  }

  #remember(added: readonly KnownLine[]): void {
    const all = [...this.#known, ...added].sort((a, b) => a.timestampMs - b.timestampMs);
    const lastMs = all.at(-1)?.timestampMs ?? 0;
    const forgotten = all.at(-MOST_KNOWN - 1)?.timestampMs ?? Number.NEGATIVE_INFINITY;
    this.#lastMs = lastMs;
    this.#fromMs = Math.max(0, this.#fromMs, lastMs - LATE_MS, Math.min(lastMs, forgotten + 1));
    this.#known = all.filter(({ timestampMs }) => timestampMs >= this.#fromMs);
    this.#text = null;
  }
}

function inOrder(events: readonly FilteredLogEvent[]): readonly FilteredLogEvent[] {
  return [...events].sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0));
}

function lineOf(entry: string, lastMs: number): KnownLine {
  const agoMs = Number.parseInt(entry.slice(0, -DIGEST_LENGTH), 36);
  return { timestampMs: lastMs - agoMs, digest: entry.slice(-DIGEST_LENGTH) };
}

/** FNV-1a, 32 bits: an event id has 56 digits, too many to store hundreds of them. */
function digestOf(id: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(36).padStart(DIGEST_LENGTH, '0');
}
