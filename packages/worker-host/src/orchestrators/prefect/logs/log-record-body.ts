import type { LogRecord } from '@worker-host/core';
import type { ApiLogCreate } from '../api/api-types.js';

const TRUNCATED = '... [truncated]';
const ROOM_FOR_MARK = 50;
/** The first half of a character that the cut went through: the API refuses it. */
const HALF = /[\ud800-\udbff]$/;

/** A log line as the API wants it, and what it takes of a request. */
export interface SizedLog {
  readonly log: ApiLogCreate;
  /** Bytes in the body of a request, with the comma or bracket behind it. */
  readonly bodyBytes: number;
}

/**
 * Makes the body of one log line.
 *
 * @param maxSizeBytes counted as Prefect 3.9 counts one line: bytes of its JSON as it is sent
 * @param workerId sent to Prefect Cloud only; null: omitted
 * @returns null for a line of the worker's own that is too big: it is dropped, while a run's is cut
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
