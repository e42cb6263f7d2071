import type { LogRecord } from '@worker-host/core';
import type { ApiLogCreate } from '../api/api-types.js';

const TRUNCATED = '... [truncated]';
const ROOM_FOR_MARK = 50;
/** The first half of a surrogate pair that the truncation split: the API rejects it. */
const HALF = /[\ud800-\udbff]$/;

/** A log line for the API, and its size in a request. */
export interface SizedLog {
  readonly log: ApiLogCreate;
  /** Bytes in the body of a request, including the following comma or bracket. */
  readonly bodyBytes: number;
}

/**
 * Creates the body of one log line.
 *
 * @param maxSizeBytes maximum as Prefect 3.9 counts a line: bytes of its JSON as sent
 * @param workerId sent only to Prefect Cloud; null: omitted
 * @returns null for a line of the worker itself that is too large: it is dropped, while a run's line is truncated
 */
export function sizedLog(record: LogRecord, maxSizeBytes: number, workerId: string | null): SizedLog | null {
  const log: ApiLogCreate = {
    name: record.name,
    level: record.level,
    message: record.message,
    timestamp: new Date(record.timestampMs).toISOString(),
    flow_run_id: record.flowRunId,
    task_run_id: null,
    ...(workerId === null ? {} : { worker_id: workerId }),
  };
  const sizeBytes = Buffer.byteLength(JSON.stringify(log));
  if (sizeBytes <= maxSizeBytes) return withSize(log);
  if (record.flowRunId === null) return null;
  const length = Math.max(record.message.length - (sizeBytes - maxSizeBytes) - ROOM_FOR_MARK, 0);
  return withSize({ ...log, message: record.message.slice(0, length).replace(HALF, '') + TRUNCATED });
}

function withSize(log: ApiLogCreate): SizedLog {
  return { log, bodyBytes: Buffer.byteLength(JSON.stringify(log)) + 1 };
}
