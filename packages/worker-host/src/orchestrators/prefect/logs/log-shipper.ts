import {
  type Clock,
  type Logger,
  type LogRecord,
  type Meter,
  OrchestratorUnavailableError,
  type SecretRegistry,
} from '@worker-host/core';
import type { ApiLogCreate } from '../api/api-types.js';
import { type SizedLog, sizedLog } from './log-record-body.js';

/** Options for sending log lines. */
export interface LogShippingOptions {
  readonly isEnabled: boolean;
  /** Minimum level of lines that are sent. */
  readonly lowestLevel: number;
  readonly batchIntervalMs: number;
  /** Maximum size of a request body. */
  readonly batchSizeBytes: number;
  readonly maxLogSizeBytes: number;
  /** True: lines of the worker itself are sent (Prefect Cloud, once the worker's id is known). */
  readonly workerId: () => string | null;
}

export interface LogShipperDependencies {
  readonly send: (logs: readonly ApiLogCreate[], signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly secrets: SecretRegistry;
}

const MAX_BUFFERED_BYTES = 64 * 1024 * 1024;
const RETRY_WAIT_MS = 5000;
/** The worker has ten seconds to close, for this and its sockets. */
const CLOSE_LIMIT_MS = 7000;
const OPENING_BRACKET_BYTES = 1;

/**
 * Sends log lines in batches, in order, one request at a time. The buffer is bounded: if the server is unavailable for
 * long, the oldest lines are lost, counted and reported.
 */
export class LogShipper {
  #buffer: SizedLog[] = [];
  #bufferedBytes = 0;
  #lost = 0;
  #lostSaid = 0;
  #loop: Promise<void> | null = null;
  #wake: () => void = () => {};
  #isClosing = false;
  readonly #giveUp = new AbortController();

  constructor(
    private readonly parts: LogShipperDependencies,
    private readonly options: LogShippingOptions,
  ) {}

  /** Number of lost lines since the start. */
  get lost(): number {
    return this.#lost;
  }

  /** Never throws. */
  log(record: LogRecord): void {
    const { isEnabled, lowestLevel, maxLogSizeBytes } = this.options;
    if (!isEnabled || record.level < lowestLevel || this.#giveUp.signal.aborted) return;
    const workerId = this.options.workerId();
    if (record.flowRunId === null && workerId === null) return;
    const message = this.parts.secrets.redact(record.message);
    const sized = sizedLog({ ...record, message }, maxLogSizeBytes, workerId);
    if (sized === null) {
      this.#lose(1, 'a line of the worker itself is larger than a log may be');
      return;
    }
    this.#buffer.push(sized);
    this.#bufferedBytes += sized.bodyBytes;
    while (this.#bufferedBytes > MAX_BUFFERED_BYTES) {
      const oldest = this.#buffer.shift();
      if (!oldest) break;
      this.#bufferedBytes -= oldest.bodyBytes;
      this.#lose(1, 'the server accepts no logs and the buffer is full');
    }
    if (this.#isBatchFull) this.#wake();
    this.#start();
  }

  /** A batch with no room for another line of the maximum size is sent immediately, as in Prefect. */
  get #isBatchFull(): boolean {
    const { batchSizeBytes, maxLogSizeBytes } = this.options;
    return this.#bufferedBytes >= Math.max(batchSizeBytes - maxLogSizeBytes - OPENING_BRACKET_BYTES, 1);
  }

  /** A line that arrives while the loop ends starts another one. */
  #start(): void {
    this.#loop ??= this.#run().finally(() => {
      this.#loop = null;
      if (this.#buffer.length > 0 && !this.#giveUp.signal.aborted) this.#start();
    });
  }

  /** Sends the remaining lines; those that cannot be sent within seven seconds are lost. Safe to call twice. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#wake();
    const done = new AbortController();
    const limit = this.parts.clock.sleep(CLOSE_LIMIT_MS, done.signal).then(
      () => {
        this.#giveUp.abort(new Error('the worker stops'));
        this.#wake();
      },
      () => {},
    );
    while (this.#loop) await this.#loop;
    done.abort();
    await limit;
    this.#giveUp.abort(new Error('the worker stops'));
    if (this.#buffer.length > 0) this.#lose(this.#buffer.length, 'the worker stopped before they could be sent');
    this.#buffer = [];
    this.#sayLost();
  }

  async #run(): Promise<void> {
    while (this.#buffer.length > 0 && !this.#giveUp.signal.aborted) {
      if (!this.#isClosing && !this.#isBatchFull) await this.#pause(this.options.batchIntervalMs);
      const batch = this.#takeBatch();
      try {
        await this.#sendOrSplit(batch.map((sized) => sized.log));
        this.#sayLost();
      } catch (error) {
        if (this.#giveUp.signal.aborted || error instanceof OrchestratorUnavailableError) {
          this.#buffer.unshift(...batch);
          this.#bufferedBytes += batch.reduce((sum, sized) => sum + sized.bodyBytes, 0);
          if (!this.#giveUp.signal.aborted) await this.#pause(RETRY_WAIT_MS);
        } else {
          this.#lose(batch.length, error instanceof Error ? error.message : String(error));
        }
      }
    }
  }

  /** Resolves after the time, or sooner if a batch is full or the shipper closes. */
  async #pause(ms: number): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await this.parts.clock.sleep(ms, woken.signal).catch(() => {});
    this.#wake = () => {};
  }

  #takeBatch(): readonly SizedLog[] {
    let size = 0;
    let count = 0;
    for (const sized of this.#buffer) {
      if (count > 0 && OPENING_BRACKET_BYTES + size + sized.bodyBytes > this.options.batchSizeBytes) break;
      size += sized.bodyBytes;
      count += 1;
    }
    this.#bufferedBytes -= size;
    return this.#buffer.splice(0, count);
  }

  /** A batch that the server rejects is halved until the bad lines are alone; those are lost. */
  async #sendOrSplit(logs: readonly ApiLogCreate[]): Promise<void> {
    try {
      await this.parts.send(logs, this.#giveUp.signal);
    } catch (error) {
      const isRefused = (error as { code?: unknown } | null)?.code === 'PREFECT_REFUSED';
      if (!isRefused) throw error;
      if (logs.length === 1) {
        this.#lose(1, error instanceof Error ? error.message : String(error));
        return;
      }
      const middle = Math.ceil(logs.length / 2);
      await this.#sendOrSplit(logs.slice(0, middle));
      await this.#sendOrSplit(logs.slice(middle));
    }
  }

  #lose(count: number, why: string): void {
    const isFirst = this.#lost === this.#lostSaid;
    this.#lost += count;
    this.parts.meter.count('prefect_logs_lost_total', {}, count);
    if (!isFirst) return;
    this.#lostSaid = this.#lost - 1;
    this.parts.logger.warn('Log lines for the Prefect API are being lost', { why });
  }

  #sayLost(): void {
    if (this.#lost === this.#lostSaid) return;
    this.#lostSaid = this.#lost;
    this.parts.logger.warn('Log lines for the Prefect API were lost', { total: this.#lost });
  }
}
