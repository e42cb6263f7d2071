import { setMaxListeners } from 'node:events';
import type { Clock, Logger, LogTailReader } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { GuardedWorker } from '../guarded-worker.js';
import { HOST_TOKENS } from '../tokens.js';
import { within } from '../within.js';

const CLOSE_SECONDS = 2;

/** A run whose output is read after its end was reported. */
export interface EndedRun {
  readonly id: string;
  readonly logger: Logger;
}

/** Reads the last lines of output of runs that are already reported, so that no report waits for them. */
@injectable()
export class OutputTails {
  readonly #closing = new AbortController();
  readonly #reading = new Set<Promise<void>>();
  /** One for each run whose lines are awaited: a race with one promise for all would keep what each run wrote. */
  readonly #giveUps = new Set<() => void>();

  constructor(
    @inject(GuardedWorker) private readonly worker: GuardedWorker,
    @inject(HOST_TOKENS.Clock) private readonly clock: Clock,
  ) {
    // Each run that ends listens to it.
    setMaxListeners(0, this.#closing.signal);
  }

  /** Logs the last lines of a run. Never rejects. */
  write(run: EndedRun, read: LogTailReader): Promise<void> {
    const reading = this.#write(run, read).finally(() => this.#reading.delete(reading));
    this.#reading.add(reading);
    return reading;
  }

  /** Waits two seconds for the lines that are being read, and gives up the rest. */
  async close(): Promise<void> {
    const all = Promise.all(this.#reading);
    if (this.#reading.size > 0)
      await within(this.clock, CLOSE_SECONDS, all, () => new Error('Not read in time')).catch(() => {});
    this.#closing.abort();
    for (const giveUp of this.#giveUps) giveUp();
    await Promise.all(this.#reading);
  }

  async #write({ id, logger }: EndedRun, read: LogTailReader): Promise<void> {
    const { signal } = this.#closing;
    if (signal.aborted) return;
    try {
      logTail(await this.#unlessClosed(this.worker.readTail(read, id, signal)), logger);
    } catch (error) {
      logger.debug('Reading the last lines of the output failed', { error });
    }
  }

  /** Resolves with no lines when this is closed before they are read. */
  async #unlessClosed(lines: Promise<readonly string[]>): Promise<readonly string[]> {
    let giveUp = (): void => {};
    const closed = new Promise<readonly string[]>((resolve) => {
      giveUp = () => resolve([]);
    });
    this.#giveUps.add(giveUp);
    try {
      return await Promise.race([lines, closed]);
    } finally {
      this.#giveUps.delete(giveUp);
    }
  }
}

/** Writes the last lines of a job's output to the log of its run. */
export function logTail(lines: readonly string[], logger: Logger): void {
  if (lines.length > 0) logger.info(`Last lines of the job's output:\n${lines.join('\n')}`);
}
