import type { Logger, LogRecord } from '@worker-host/core';
import type { StoredLog } from './administration-types.js';
import type { EmbeddedDatabase } from './database.js';
import { DatabaseLockedError } from './database-errors.js';
import { numberOf } from './rows.js';

const FLUSH_AFTER_MS = 200;
const FLUSH_AT = 500;
const MOST_BUFFERED = 20_000;

/** Log lines of runs: buffered for a moment, written together; when the file cannot be written they wait, bounded. */
export class RunLogs {
  #buffer: LogRecord[] = [];
  #timer: NodeJS.Timeout | null = null;
  #lost = 0;
  /** The last try failed: the next one waits for the timer, whatever comes in meanwhile. */
  #isFailing = false;

  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly logger: Logger,
  ) {}

  add(record: LogRecord): void {
    if (record.flowRunId === null) return;
    if (this.#buffer.length >= MOST_BUFFERED) {
      if (this.#lost === 0) this.logger.error('Log lines of runs are being lost: the database cannot be written');
      this.#lost += 1;
      return;
    }
    this.#buffer.push(record);
    if (this.#buffer.length >= FLUSH_AT && !this.#isFailing) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH_AFTER_MS).unref();
  }

  /** Writes what waits. What cannot be written goes on waiting. */
  flush(): void {
    try {
      this.write();
    } catch (error) {
      if (!(error instanceof DatabaseLockedError) && !this.#isFailing) {
        this.logger.warn('Log lines of runs cannot be written now; they are kept', {
          lines: this.#buffer.length,
          error,
        });
      }
      this.#isFailing = true;
      this.#timer ??= setTimeout(() => this.flush(), FLUSH_AFTER_MS).unref();
    }
  }

  /** Writes what waits. @throws what the database throws; then nothing was written, and all goes on waiting. */
  write(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#buffer.length === 0) return;
    const writeAll = (): void => {
      for (const record of this.#buffer) this.#insert(record);
    };
    this.database.write(writeAll, { isSynced: false });
    this.#buffer = [];
    this.#isFailing = false;
    if (this.#lost > 0) this.logger.error('Log lines of runs were lost', { lines: this.#lost });
    this.#lost = 0;
  }

  read(flowRunId: string, afterSequence: number, limit: number): readonly StoredLog[] {
    return this.database
      .all(
        'SELECT * FROM logs WHERE flow_run_id = ? AND sequence > ? ORDER BY sequence LIMIT ?',
        flowRunId,
        afterSequence,
        limit,
      )
      .map((row) => ({
        sequence: numberOf(row.sequence) ?? 0,
        flowRunId: String(row.flow_run_id),
        name: String(row.name),
        level: (numberOf(row.level) ?? 20) as LogRecord['level'],
        message: String(row.message),
        timestampMs: numberOf(row.timestamp_ms) ?? 0,
      }));
  }

  #insert({ flowRunId, name, level, message, timestampMs, outputCursor }: LogRecord): void {
    if (flowRunId === null) return;
    this.database.run(
      `INSERT INTO logs (flow_run_id, name, level, message, timestamp_ms)
       SELECT id, ?, ?, ?, ? FROM flow_runs WHERE id = ?`,
      name,
      level,
      message,
      Math.round(timestampMs),
      flowRunId,
    );
    if (outputCursor !== undefined) {
      this.database.run('UPDATE flow_runs SET output_cursor = ? WHERE id = ?', outputCursor, flowRunId);
    }
  }
}
