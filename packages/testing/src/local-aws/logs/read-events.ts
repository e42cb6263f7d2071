import { invalidParameter } from '../server/aws-error.js';
import type { Answer } from '../server/operation.js';
import type { LogEvent } from './log-store.js';

const MAX_EVENTS = 10_000;
const MAX_PAGE_BYTES = 1_048_576;
const EVENT_OVERHEAD_BYTES = 26;
const TOKEN = /^([fb])\/(\d{20})\/s$/;

export interface ReadRequest {
  readonly nextToken?: string;
  readonly startFromHead?: boolean;
  readonly limit?: number;
  readonly startTime?: number;
  readonly endTime?: number;
}

/**
 * Returns one page of a stream. Tokens are positions between events: forward reading continues at `f`, backward reading
 * ends before `b`. At either end the same token is returned; it is never absent. Without a token the newest page is
 * returned, or the oldest with `startFromHead`. Events of a page are in order of time.
 */
export function readEvents(events: readonly LogEvent[], request: ReadRequest): Answer {
  const limit = request.limit ?? MAX_EVENTS;
  if (limit < 1 || limit > MAX_EVENTS) {
    throw invalidParameter(
      `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: Member must have value less than or equal to ${MAX_EVENTS}`,
    );
  }
  const lowest = firstIndexFrom(events, request.startTime ?? 0);
  const highest = request.endTime === undefined ? events.length : firstIndexFrom(events, request.endTime);
  const [start, end] = pageBounds(events, request, lowest, highest, limit);
  return {
    events: events
      .slice(start, end)
      .map(({ timestamp, message, ingestionTime }) => ({ timestamp, message, ingestionTime })),
    nextForwardToken: formatToken('f', end),
    nextBackwardToken: formatToken('b', start),
  };
}

function pageBounds(
  events: readonly LogEvent[],
  request: ReadRequest,
  lowest: number,
  highest: number,
  limit: number,
): [number, number] {
  const token = request.nextToken === undefined ? null : parseToken(request.nextToken);
  const isForward = token === null ? request.startFromHead === true : token.direction === 'f';
  if (isForward) {
    const start = token === null ? lowest : Math.max(token.place, lowest);
    return [start, Math.max(start, endOfPage(events, start, highest, limit))];
  }
  const end = token === null ? highest : Math.min(token.place, highest);
  return [Math.min(end, startOfPage(events, lowest, end, limit)), end];
}

function endOfPage(events: readonly LogEvent[], start: number, highest: number, limit: number): number {
  let end = start;
  let bytes = 0;
  while (end < highest && end - start < limit) {
    bytes += sizeOf(events[end]);
    if (bytes > MAX_PAGE_BYTES && end > start) break;
    end += 1;
  }
  return end;
}

function startOfPage(events: readonly LogEvent[], lowest: number, end: number, limit: number): number {
  let start = end;
  let bytes = 0;
  while (start > lowest && end - start < limit) {
    bytes += sizeOf(events[start - 1]);
    if (bytes > MAX_PAGE_BYTES && start < end) break;
    start -= 1;
  }
  return start;
}

function sizeOf(event: LogEvent | undefined): number {
  return EVENT_OVERHEAD_BYTES + Buffer.byteLength(event?.message ?? '');
}

function firstIndexFrom(events: readonly LogEvent[], timestamp: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.timestamp ?? 0) < timestamp) low = middle + 1;
    else high = middle;
  }
  return low;
}

function formatToken(direction: 'f' | 'b', place: number): string {
  return `${direction}/${String(place).padStart(20, '0')}/s`;
}

function parseToken(token: string): { direction: string; place: number } {
  const [, direction, place] = TOKEN.exec(token) ?? [];
  if (direction === undefined || place === undefined) {
    throw invalidParameter('The specified nextToken is invalid.');
  }
  return { direction, place: Number(place) };
}
