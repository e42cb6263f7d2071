import { type Clock, type Logger, type LogRecord, systemClock } from '@worker-host/core';
import type { StoredLog } from '../administration-types.js';
import type { EmbeddedDatabase } from '../database/database.js';
import { DatabaseLockedError } from '../database/database-errors.js';
import type { Holding } from '../leases/ownership.js';
import { type LogQuery, readRunLogs } from './stored-logs.js';

const FLUSH_AFTER_MS = 200;
const FLUSH_AT = 500;
const MOST_BUFFERED = 20_000;
/** Logger of lines that a job has written itself. */
export const OUTPUT_LOGGER = 'worker-host.output';
const OUTPUT = { name: OUTPUT_LOGGER, level: 20 } as const;

/** A line that waits. `holding`: it is stored only while that ownership lasts. `cursor`: stored in one step with it. */
interface Waiting {
  readonly record: LogRecord | null;
  readonly holding: Holding | null;
  readonly cursor: string | null;
}

/** Log lines of runs: buffered for a moment, written together; when the file cannot be written they wait, bounded. */
export class RunLogs {
  #buffer: Waiting[] = [];
  /** Ends the wait for the next flush. Null: none is to come. */
  #waiting: AbortController | null = null;
  #lost = 0;
  /** The last try failed: the next one waits for the timer, whatever comes in meanwhile. */
  #isFailing = false;

  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly logger: Logger,
    private readonly clock: Clock = systemClock,
  ) {}

  add(record: LogRecord): void {
    if (record.flowRunId !== null) this.#keep([{ record, holding: null, cursor: null }]);
  }

  /** Adds lines of a job's own output, and how far they go. Those of an ownership that has ended by then are dropped. */
  addOutput(
    holding: Holding,
    lines: readonly { readonly message: string; readonly timestampMs: number }[],
    cursor: string | null,
  ): void {
    const waiting: Waiting[] = lines.map((line) => {
      return { record: { ...OUTPUT, ...line, flowRunId: holding.flowRunId }, holding, cursor: null };
    });
    this.#keep(cursor === null ? waiting : [...waiting, { record: null, holding, cursor }]);
  }

  /** What is kept together is written together. */
  #keep(waiting: readonly Waiting[]): void {
    const room = Math.max(0, MOST_BUFFERED - this.#buffer.length);
    this.#buffer.push(...waiting.slice(0, room));
    const lost = waiting.slice(room).filter(({ record }) => record !== null).length;
    if (lost > 0 && this.#lost === 0)
      this.logger.error('Log lines of runs are being lost: the database cannot be written');
    this.#lost += lost;
    if (this.#buffer.length >= FLUSH_AT && !this.#isFailing) this.flush();
    else this.#flushSoon();
  }

  /** Writes what waits. What cannot be written continues waiting. */
  flush(): void {
    try {
      this.write();
    } catch (error) {
      if (!(error instanceof DatabaseLockedError) && !this.#isFailing) {
        this.logger.warn('Writing log lines of runs failed; they are buffered', {
          lines: this.#buffer.length,
          error,
        });
      }
      this.#isFailing = true;
      this.#flushSoon();
    }
  }

  /** Writes what waits. @throws what the database throws; then nothing was written, and all continues waiting. */
  write(): void {
    this.#waiting?.abort();
    this.#waiting = null;
    if (this.#buffer.length === 0) return;
    const writeAll = (): void => {
      for (const waiting of this.#buffer) this.#store(waiting);
    };
    this.database.write(writeAll, { isSynced: false });
    this.#buffer = [];
    this.#isFailing = false;
    if (this.#lost > 0) this.logger.error('Log lines of runs were lost', { lines: this.#lost });
    this.#lost = 0;
  }

  #flushSoon(): void {
    if (this.#waiting !== null) return;
    const waiting = new AbortController();
    this.#waiting = waiting;
    const flush = (): void => {
      if (this.#waiting === waiting) this.flush();
    };
    this.clock.sleep(FLUSH_AFTER_MS, waiting.signal).then(flush, () => undefined);
  }

  read(flowRunId: string, query: LogQuery): readonly StoredLog[] {
    return readRunLogs(this.database, flowRunId, query);
  }

  #store({ record, holding, cursor }: Waiting): void {
    const flowRunId = holding?.flowRunId ?? record?.flowRunId ?? null;
    const condition = holding === null ? 'id = ?' : 'id = ? AND attempt = ? AND lease_token = ? AND owner IS NOT NULL';
    const keys = holding === null ? [flowRunId] : [flowRunId, holding.attempt, holding.fencingToken];
    if (record !== null) {
      this.database.run(
        `INSERT INTO logs (flow_run_id, attempt, name, level, message, timestamp_ms)
         SELECT id, attempt, ?, ?, ?, ? FROM flow_runs WHERE ${condition}`,
        record.name,
        record.level,
        record.message,
        Math.round(record.timestampMs),
        ...keys,
      );
    }
    if (cursor !== null)
      this.database.run(`UPDATE flow_runs SET output_cursor = ? WHERE ${condition}`, cursor, ...keys);
  }
}
