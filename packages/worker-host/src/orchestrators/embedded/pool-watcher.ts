import type { Clock, Logger, OrchestratorListener, WorkPool } from '@worker-host/core';
import type { EmbeddedDatabase } from './database/database.js';

const WATCH_EVERY_MS = 500;
/** Delays after a write to the file: written data is committed, and can be read, some milliseconds later. */
const PAUSES_AFTER_WRITE_MS: readonly number[] = [10, 20, 40, 80, 160];

const INTERRUPTED = new Error('The pause was interrupted');

/** Dependencies of the watcher. */
export interface WatchedPool {
  /** Applies time-based rules; returns whether it changed anything. */
  upkeep(): boolean;
  /** Runs to be cancelled that no other live worker owns. */
  cancelling(): readonly string[];
  workPool(): WorkPool | null;
}

/** Reports cancellations, changes of the pool and new work, soon after another process has written them. */
export class PoolWatcher {
  readonly #closing = new AbortController();
  #watching: Promise<void> = Promise.resolve();
  #lastPool: string | null = null;
  /** The reported version of the file. */
  #seen = -1;
  #upkeepAtMs = Number.NEGATIVE_INFINITY;
  /** Remaining delays since the last write to the file. */
  #quickPauses: readonly number[] = [];
  #isQuick = false;
  #endPause: () => void = () => {};

  /**
   * @param watchFile notifies of writes to the file until it is closed; without it they are detected only by polling.
   */
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly watched: WatchedPool,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly watchFile: (onChange: () => void) => () => void = () => () => {},
  ) {}

  start(listener: OrchestratorListener): void {
    this.#watching = this.#watch(listener);
  }

  /** Sets the pool that the worker already has: only later changes are reported. */
  notePool(workPool: WorkPool | null): void {
    this.#lastPool = JSON.stringify(workPool);
  }

  /** Called when this process itself has written something to report, which the version of the file does not show. */
  lookAgain(): void {
    this.#seen = -1;
  }

  async stop(): Promise<void> {
    this.#closing.abort(new Error('The embedded pool was closed'));
    this.#endPause();
    await this.#watching;
  }

  /** A version counts as seen when all of it was reported, so that a failed read is repeated. */
  async #watch(listener: OrchestratorListener): Promise<void> {
    const { signal } = this.#closing;
    let isFailing = false;
    const unwatch = this.watchFile(() => this.#noteWrite());
    while (!signal.aborted) {
      try {
        if (this.#isUpkeepDue() && this.watched.upkeep()) this.lookAgain();
        const version = this.database.dataVersion();
        if (version !== this.#seen) this.#report(listener);
        this.#seen = version;
        if (isFailing) this.logger.info('Watching the database resumed');
        isFailing = false;
      } catch (error) {
        if (!isFailing) this.logger.warn('Watching the database failed; retrying', { everyMs: WATCH_EVERY_MS, error });
        isFailing = true;
      }
      if (!signal.aborted) await this.#pause();
    }
    unwatch();
  }

  #isUpkeepDue(): boolean {
    const nowMs = this.clock.monotonicMs();
    if (nowMs - this.#upkeepAtMs < WATCH_EVERY_MS) return false;
    this.#upkeepAtMs = nowMs;
    return true;
  }

  async #pause(): Promise<void> {
    const [quickMs, ...others] = this.#quickPauses;
    this.#quickPauses = others;
    const pause = new AbortController();
    this.#endPause = () => pause.abort(INTERRUPTED);
    this.#isQuick = quickMs !== undefined;
    await this.clock.sleep(quickMs ?? WATCH_EVERY_MS, pause.signal).catch(() => undefined);
    this.#isQuick = false;
  }

  #noteWrite(): void {
    this.#quickPauses = PAUSES_AFTER_WRITE_MS;
    // Data written during a short delay is read after it.
    if (!this.#isQuick) this.#endPause();
  }

  #report(listener: OrchestratorListener): void {
    for (const flowRunId of this.watched.cancelling()) listener.onCancelling(flowRunId);
    const pool = this.watched.workPool();
    const text = JSON.stringify(pool);
    if (text !== this.#lastPool) {
      this.#lastPool = text;
      listener.onWorkPool(pool);
    }
    listener.onWorkAvailable();
  }
}
