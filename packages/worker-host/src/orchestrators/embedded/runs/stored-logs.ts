import type { LogRecord } from '@worker-host/core';
import type { StoredLog } from '../administration-types.js';
import type { EmbeddedDatabase, Row, SqlValue } from '../database/database.js';

/** Which lines of a run's log are read. What is absent or null restricts nothing. */
export interface LogQuery {
  /** Only lines stored after this one: where a follower continues. */
  readonly afterSequence?: number;
  /** Only lines of this attempt, counted from 1. */
  readonly attempt?: number | null;
  /** Least severe level, by Prefect's numbers: 10 debug, 20 info, 30 warning, 40 error. */
  readonly level?: number | null;
  /** Milliseconds since the epoch: only lines of this time or later. */
  readonly sinceMs?: number | null;
  /** Part of the message, in any case. */
  readonly search?: string | null;
  /** Most lines: the first ones; with `isTail` the last ones, in the same order. */
  readonly limit: number;
  readonly isTail?: boolean;
}

/** Reads lines of a run's log in the order in which they were stored. */
export function readRunLogs(database: EmbeddedDatabase, flowRunId: string, query: LogQuery): readonly StoredLog[] {
  const { afterSequence = 0, attempt, level, sinceMs, search, limit, isTail = false } = query;
  const conditions: readonly (readonly [sql: string, value: SqlValue | undefined])[] = [
    ['flow_run_id = ?', flowRunId],
    ['sequence > ?', afterSequence],
    ['attempt = ?', attempt],
    ['level >= ?', level],
    ['timestamp_ms >= ?', sinceMs],
    ['instr(lower(message), ?)', search?.toLowerCase()],
  ];
  const given = conditions.filter(
    (each): each is readonly [string, SqlValue] => each[1] !== null && each[1] !== undefined,
  );
  const rows = database.all(
    `SELECT * FROM logs WHERE ${given.map(([sql]) => sql).join(' AND ')}
     ORDER BY sequence ${isTail ? 'DESC' : 'ASC'} LIMIT ?`,
    ...given.map(([, value]) => value),
    limit,
  );
  const lines = rows.map(toStoredLog);
  return isTail ? lines.reverse() : lines;
}

function toStoredLog(row: Row): StoredLog {
  return {
    sequence: Number(row.sequence),
    flowRunId: String(row.flow_run_id),
    attempt: Number(row.attempt),
    name: String(row.name),
    level: Number(row.level) as LogRecord['level'],
    message: String(row.message),
    timestampMs: Number(row.timestamp_ms),
  };
}
