import type { FaultControl } from '../faults/fault-control.js';
import { AwsError, invalidParameter } from '../server/aws-error.js';
import type { Answer, OperationTable, Params } from '../server/operation.js';
import { pageOf } from '../server/paging.js';
import { checkGroupName, checkStreamName } from './check-names.js';
import { type FilterRequest, filterEvents } from './filter-events.js';
import type { LogEvent, LogGroup, LogStore, LogStream } from './log-store.js';
import { type InputEvent, putEvents } from './put-events.js';
import { type ReadRequest, readEvents } from './read-events.js';

const MAX_PAGE = 50;

/** CloudWatch Logs. */
export function logsOperations(store: LogStore, faults: FaultControl, nowMs: () => number): OperationTable {
  const visibleNow = (): ((event: LogEvent) => boolean) | null => {
    const late = faults.take('late-logs', {});
    if (late === null) return null;
    const newest = nowMs() - late.delayMs;
    return (event) => event.ingestionTime <= newest;
  };
  return {
    CreateLogGroup: (params) => {
      const name = groupName(params);
      checkGroupName(name);
      if (store.groups.has(name)) {
        throw new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists');
      }
      store.ensureGroup(name);
      return {};
    },
    DeleteLogGroup: (params) => {
      store.groups.delete(store.group(groupName(params)).name);
      return {};
    },
    PutRetentionPolicy: (params) => {
      store.group(groupName(params)).retentionInDays = Number(params.retentionInDays);
      return {};
    },
    CreateLogStream: (params) => {
      const group = store.group(groupName(params));
      const name = String(params.logStreamName);
      checkStreamName(name);
      if (group.streams.has(name)) {
        throw new AwsError('ResourceAlreadyExistsException', 'The specified log stream already exists');
      }
      store.ensureStream(group, name);
      return {};
    },
    DeleteLogStream: (params) => {
      const group = store.group(groupName(params));
      group.streams.delete(store.stream(group.name, String(params.logStreamName)).name);
      return {};
    },
    PutLogEvents: (params) => {
      const stream = store.stream(groupName(params), String(params.logStreamName));
      return putEvents(store, stream, (params.logEvents ?? []) as InputEvent[], nowMs());
    },
    GetLogEvents: (params) => {
      const stream = store.stream(groupName(params), String(params.logStreamName));
      const isVisible = visibleNow();
      return readEvents(isVisible === null ? stream.events : stream.events.filter(isVisible), params as ReadRequest);
    },
    FilterLogEvents: (params) =>
      filterEvents(store.group(groupName(params)), params as FilterRequest, visibleNow() ?? (() => true)),
    DescribeLogGroups: (params) => {
      const prefix = (params.logGroupNamePrefix as string | undefined) ?? '';
      const pattern = ((params.logGroupNamePattern as string | undefined) ?? '').toLowerCase();
      const groups = [...store.groups.values()]
        .filter(({ name }) => name.startsWith(prefix) && name.toLowerCase().includes(pattern))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const { page, nextToken } = pageOf(groups, params.nextToken as string | undefined, pageSize(params));
      return { logGroups: page.map(describeGroup), nextToken };
    },
    DescribeLogStreams: (params) => {
      const streams = sortStreams(store.group(groupName(params)), params);
      const { page, nextToken } = pageOf(streams, params.nextToken as string | undefined, pageSize(params));
      return { logStreams: page.map(describeStream), nextToken };
    },
  };
}

/** Accepts the name or the ARN of a group. */
function groupName(params: Params): string {
  const given = String(params.logGroupName ?? params.logGroupIdentifier ?? '');
  return given.startsWith('arn:') ? (given.split(':')[6] ?? '') : given;
}

function pageSize(params: Params): number {
  const limit = Number(params.limit ?? MAX_PAGE);
  if (limit >= 1 && limit <= MAX_PAGE) return limit;
  throw invalidParameter(
    `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: Member must have value less than or equal to ${MAX_PAGE}`,
  );
}

function sortStreams(group: LogGroup, params: Params): LogStream[] {
  const prefix = (params.logStreamNamePrefix as string | undefined) ?? '';
  const byTime = params.orderBy === 'LastEventTime';
  if (byTime && prefix !== '') throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.');
  const streams = [...group.streams.values()].filter(({ name }) => name.startsWith(prefix));
  const lastTime = (stream: LogStream) => stream.events.at(-1)?.timestamp ?? 0;
  streams.sort((a, b) => (byTime ? lastTime(a) - lastTime(b) : a.name < b.name ? -1 : 1));
  return params.descending === true ? streams.reverse() : streams;
}

function describeGroup(group: LogGroup): Answer {
  return {
    logGroupName: group.name,
    creationTime: group.creationTime,
    retentionInDays: group.retentionInDays,
    metricFilterCount: 0,
    arn: `${group.arn}:*`,
    logGroupArn: group.arn,
    logGroupClass: 'STANDARD',
    storedBytes: 0,
  };
}

function describeStream(stream: LogStream): Answer {
  return {
    logStreamName: stream.name,
    creationTime: stream.creationTime,
    firstEventTimestamp: stream.events[0]?.timestamp,
    lastEventTimestamp: stream.events.at(-1)?.timestamp,
    lastIngestionTime: stream.events.at(-1)?.ingestionTime,
    uploadSequenceToken: '49640000000000000000000000000000000000000000000000000000',
    arn: stream.arn,
    storedBytes: 0,
  };
}
