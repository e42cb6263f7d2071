import { awsErrorFacts } from '../aws/aws-error-facts.js';
import type { LogsApi } from '../aws/logs-api.js';
import type { LogLocation } from './log-location.js';

/** The last lines of a container, oldest first. A missing group or stream is normal: then there are none. */
export async function readLogTail(
  logs: LogsApi,
  location: LogLocation,
  limit: number,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  try {
    const { events } = await logs.getLogEvents(
      { logGroupName: location.group, logStreamName: location.stream, limit, startFromHead: false },
      signal ? { signal } : {},
    );
    return events.flatMap(({ message }) => (message === undefined ? [] : [message]));
  } catch (error) {
    if (awsErrorFacts(error).name === 'ResourceNotFoundException') return [];
    throw error;
  }
}
