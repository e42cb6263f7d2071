import type { AwsCallOptions } from './ecs-api.js';

/** One line in CloudWatch Logs. Times are milliseconds since the epoch. */
export interface LogEvent {
  readonly timestamp?: number;
  readonly message?: string;
  readonly ingestionTime?: number;
}

export interface GetLogEventsInput {
  readonly logGroupName: string;
  readonly logStreamName: string;
  /** 1 to 10000. */
  readonly limit?: number;
  /** Default: false, the newest page. */
  readonly startFromHead?: boolean;
  /** Milliseconds since the epoch; events before it are omitted. */
  readonly startTime?: number;
  /** A token of an earlier response. At the end of the stream the same token is returned. */
  readonly nextToken?: string;
}

export interface FilterLogEventsInput {
  readonly logGroupName: string;
  /** 1 to 100. If one does not exist, the call fails with ResourceNotFoundException. */
  readonly logStreamNames: readonly string[];
  /** Milliseconds since the epoch; events before it are omitted. */
  readonly startTime?: number;
  readonly nextToken?: string;
}

/** A line of one of several streams. */
export interface FilteredLogEvent extends LogEvent {
  readonly logStreamName?: string;
  /** Unique. */
  readonly eventId?: string;
}

/** The calls to CloudWatch Logs that the worker makes. */
export interface LogsApi {
  getLogEvents(
    input: GetLogEventsInput,
    options?: AwsCallOptions,
  ): Promise<{
    readonly events: readonly LogEvent[];
    readonly nextForwardToken: string | null;
    readonly nextBackwardToken: string | null;
  }>;
  /** Returns lines of several streams. A page can be empty although there are more; the last page has no token. */
  filterLogEvents(
    input: FilterLogEventsInput,
    options?: AwsCallOptions,
  ): Promise<{ readonly events: readonly FilteredLogEvent[]; readonly nextToken: string | null }>;
}
