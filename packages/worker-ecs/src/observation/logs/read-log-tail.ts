import type { Clock } from '@worker-host/core';
import { awsErrorFacts } from '../../aws/errors/aws-error-facts.js';
import type { LogsApi } from '../../aws/logs-api.js';
import type { LogLocation } from './log-location.js';

const MOST_PAGES = 50;

/** How long to wait for late lines. */
export interface LateLines {
  readonly clock: Pick<Clock, 'sleep'>;
  /** Milliseconds until an empty stream is read again; 0: it is read once. */
  readonly settleMs: number;
}

/**
 * Returns the last lines of a container, oldest first. Reads pages backwards until there are enough lines or the stream begins,
 * because a page can be empty although there are more. The last lines can be ingested after the end of the task, so an empty
 * stream is read again. A missing group or stream is normal and has no lines.
 */
export async function readLogTail(
  logs: Pick<LogsApi, 'getLogEvents'>,
  location: LogLocation,
  limit: number,
  late: LateLines | null,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const lines = await readBackwards(logs, location, limit, signal);
  if (lines.length > 0 || late === null || late.settleMs <= 0) return lines;
  await late.clock.sleep(late.settleMs, signal);
  return readBackwards(logs, location, limit, signal);
}

async function readBackwards(
  logs: Pick<LogsApi, 'getLogEvents'>,
  { group, stream }: LogLocation,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  let lines: readonly string[] = [];
  let nextToken: string | null = null;
  try {
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const position: { readonly nextToken?: string } = nextToken === null ? {} : { nextToken };
      const { events, nextBackwardToken } = await logs.getLogEvents(
        { logGroupName: group, logStreamName: stream, limit: limit - lines.length, startFromHead: false, ...position },
        signal ? { signal } : {},
      );
      lines = [...events.flatMap(({ message }) => (message === undefined ? [] : [message])), ...lines];
      if (lines.length >= limit || nextBackwardToken === null || nextBackwardToken === nextToken) break;
      nextToken = nextBackwardToken;
    }
  } catch (error) {
    if (awsErrorFacts(error).name !== 'ResourceNotFoundException') throw error;
  }
  return lines;
}
