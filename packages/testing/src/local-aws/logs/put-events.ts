import { invalidParameter } from '../server/aws-error.js';
import type { Answer } from '../server/operation.js';
import type { LogStore, LogStream } from './log-store.js';

const MAX_BATCH_EVENTS = 10_000;
const MAX_BATCH_BYTES = 1_048_576;
const EVENT_OVERHEAD_BYTES = 26;
const MAX_AGE_MS = 14 * 86_400_000;
const MAX_AHEAD_MS = 2 * 3_600_000;

export interface InputEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** Stores a batch except events that are too old or too far in the future, as AWS does. */
export function putEvents(store: LogStore, stream: LogStream, events: readonly InputEvent[], nowMs: number): Answer {
  if (events.length < 1 || events.length > MAX_BATCH_EVENTS) {
    throw invalidParameter(
      `1 validation error detected: Value at 'logEvents' failed to satisfy constraint: Member must have length between 1 and ${MAX_BATCH_EVENTS}`,
    );
  }
  const bytes = events.reduce((sum, event) => sum + EVENT_OVERHEAD_BYTES + Buffer.byteLength(event.message), 0);
  if (bytes > MAX_BATCH_BYTES)
    throw invalidParameter(`Upload too large: ${bytes} bytes exceeds limit of ${MAX_BATCH_BYTES}`);
  if (events.some((event, index) => event.timestamp < (events[index - 1]?.timestamp ?? 0))) {
    throw invalidParameter('Log events in a single PutLogEvents request must be in chronological order.');
  }
  const tooOldEnd = events.filter((event) => event.timestamp < nowMs - MAX_AGE_MS).length;
  const firstTooNew = events.findIndex((event) => event.timestamp > nowMs + MAX_AHEAD_MS);
  const end = firstTooNew === -1 ? events.length : firstTooNew;
  for (const event of events.slice(tooOldEnd, end)) store.write(stream, event.message, event.timestamp);
  const rejected = {
    ...(tooOldEnd > 0 ? { tooOldLogEventEndIndex: tooOldEnd } : {}),
    ...(firstTooNew >= 0 ? { tooNewLogEventStartIndex: firstTooNew } : {}),
  };
  const answer = { nextSequenceToken: '49640000000000000000000000000000000000000000000000000000' };
  return Object.keys(rejected).length === 0 ? answer : { ...answer, rejectedLogEventsInfo: rejected };
}
