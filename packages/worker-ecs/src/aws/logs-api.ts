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
  /** Milliseconds since the epoch; events before it are left out. */
  readonly startTime?: number;
  /** A token of an earlier answer. The end of the stream answers with the same token again. */
  readonly nextToken?: string;
}

/** The call to CloudWatch Logs that is made here. */
export interface LogsApi {
  getLogEvents(
    input: GetLogEventsInput,
    options?: AwsCallOptions,
  ): Promise<{
    readonly events: readonly LogEvent[];
    readonly nextForwardToken: string | null;
    readonly nextBackwardToken: string | null;
  }>;
}
