import { arnOf } from '../server/arn.js';
import { AwsError } from '../server/aws-error.js';

/** One event of a stream. */
export interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
  readonly ingestionTime: number;
  /** Order of arrival within its region, increasing; part of the event's id. */
  readonly sequence: number;
}

/** A stream, with its events in order of their timestamps. */
export class LogStream {
  readonly name: string;
  readonly arn: string;
  readonly creationTime: number;
  readonly events: LogEvent[] = [];

  constructor(name: string, groupArn: string, creationTime: number) {
    this.name = name;
    this.arn = `${groupArn}:log-stream:${name}`;
    this.creationTime = creationTime;
  }

  append(event: LogEvent): void {
    let place = this.events.length;
    while (place > 0 && (this.events[place - 1]?.timestamp ?? 0) > event.timestamp) place -= 1;
    if (place === this.events.length) this.events.push(event);
    else this.events.splice(place, 0, event);
  }
}

export class LogGroup {
  readonly name: string;
  readonly arn: string;
  readonly creationTime: number;
  readonly streams = new Map<string, LogStream>();
  retentionInDays: number | undefined;

  constructor(name: string, arn: string, creationTime: number) {
    this.name = name;
    this.arn = arn;
    this.creationTime = creationTime;
  }
}

/** The log groups of one account in one region. */
export class LogStore {
  readonly groups = new Map<string, LogGroup>();
  readonly #account: string;
  readonly #region: string;
  readonly #nowMs: () => number;
  #sequence = 0;

  constructor(account: string, region: string, nowMs: () => number) {
    this.#account = account;
    this.#region = region;
    this.#nowMs = nowMs;
  }

  group(name: string): LogGroup {
    const group = this.groups.get(name);
    if (group === undefined) throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
    return group;
  }

  stream(groupName: string, streamName: string): LogStream {
    const stream = this.group(groupName).streams.get(streamName);
    if (stream === undefined)
      throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.');
    return stream;
  }

  ensureGroup(name: string): LogGroup {
    const known = this.groups.get(name);
    if (known !== undefined) return known;
    const group = new LogGroup(name, arnOf('logs', this.#region, this.#account, `log-group:${name}`), this.#nowMs());
    this.groups.set(name, group);
    return group;
  }

  ensureStream(group: LogGroup, name: string): LogStream {
    const known = group.streams.get(name);
    if (known !== undefined) return known;
    const stream = new LogStream(name, group.arn, this.#nowMs());
    group.streams.set(name, stream);
    return stream;
  }

  write(stream: LogStream, message: string, timestamp = this.#nowMs()): void {
    this.#sequence += 1;
    stream.append({ timestamp, message, ingestionTime: this.#nowMs(), sequence: this.#sequence });
  }
}
