import { AwsError, invalidParameter } from '../server/aws-error.js';
import type { Answer } from '../server/operation.js';
import { pageOf } from '../server/paging.js';
import { compileFilterPattern } from './filter-pattern.js';
import type { LogEvent, LogGroup } from './log-store.js';

const MAX_EVENTS = 10_000;

export interface FilterRequest {
  readonly logStreamNames?: readonly string[];
  readonly logStreamNamePrefix?: string;
  readonly startTime?: number;
  readonly endTime?: number;
  readonly filterPattern?: string;
  readonly nextToken?: string;
  readonly limit?: number;
  readonly startFromHead?: boolean;
}

/** Returns events of several streams of a group that match a pattern, in order of time. */
export function filterEvents(group: LogGroup, request: FilterRequest, isVisible: (event: LogEvent) => boolean): Answer {
  if (request.logStreamNames !== undefined && request.logStreamNamePrefix !== undefined) {
    throw invalidParameter('logStreamNames and logStreamNamePrefix cannot both be given');
  }
  for (const name of request.logStreamNames ?? []) {
    if (!group.streams.has(name)) {
      throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.');
    }
  }
  const wantsStream = (name: string) =>
    request.logStreamNames?.includes(name) ?? name.startsWith(request.logStreamNamePrefix ?? '');
  const matches = compileFilterPattern(request.filterPattern);
  const { startTime = 0, endTime = Number.POSITIVE_INFINITY } = request;
  const found: { logStreamName: string; event: LogEvent }[] = [];
  for (const stream of group.streams.values()) {
    if (!wantsStream(stream.name)) continue;
    for (const event of stream.events) {
      if (event.timestamp < startTime || event.timestamp > endTime) continue;
      if (isVisible(event) && matches(event.message)) found.push({ logStreamName: stream.name, event });
    }
  }
  found.sort((a, b) => a.event.timestamp - b.event.timestamp || a.event.sequence - b.event.sequence);
  const { page, nextToken } = pageOf(found, request.nextToken, Math.min(request.limit ?? MAX_EVENTS, MAX_EVENTS));
  return {
    events: page.map(({ logStreamName, event }) => ({
      logStreamName,
      timestamp: event.timestamp,
      message: event.message,
      ingestionTime: event.ingestionTime,
      eventId: String(event.sequence).padStart(56, '0'),
    })),
    searchedLogStreams: [],
    nextToken,
  };
}
