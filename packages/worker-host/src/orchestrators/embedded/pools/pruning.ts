import type { EmbeddedDatabase } from '../database/database.js';
import type { RunArrays } from '../runs/run-arrays.js';
import type { PruneLimit, RetentionRules } from './retention.js';

/** Number of runs deleted per transaction. It is not synced: what a power failure restores is deleted again. */
const BATCH = 200;
/**
 * Maximum number of transactions of a worker per heartbeat: a million runs per day, without delaying its own writes.
 */
const BATCHES_A_HEARTBEAT = 5;
const EVERY_MS = 3_600_000;
/** Maximum number of pages returned to the file system after a batch, 4 KiB each. */
const VACUUM_PAGES = 2000;
const MOST_TO_COUNT = 10_000_000;

/** Deletes ended runs beyond the retention limits, with their states and logs. */
export class Pruning {
  #nextMs = 0;

  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly rules: RetentionRules,
    private readonly arrays: Pick<RunArrays, 'runsOf'>,
    private readonly nowMs: () => number,
  ) {}

  /** Returns the number of runs beyond the limits, including those of arrays. */
  count(limits: readonly PruneLimit[]): number {
    const ids = limits.flatMap((limit) => this.rules.beyond(limit, MOST_TO_COUNT));
    return ids.length + this.arrays.runsOf(ids, MOST_TO_COUNT).length;
  }

  /** Deletes one batch, and shrinks the file. Returns the number of runs: 0 when it is done. */
  pruneBatch(limits: readonly PruneLimit[]): number {
    for (const limit of limits) {
      const deleted = this.#delete(limit);
      if (deleted > 0) return deleted;
    }
    return 0;
  }

  /** Called with each heartbeat: prunes once an hour, and continues with the next heartbeat if there is more. */
  tick(): void {
    if (this.nowMs() < this.#nextMs && this.#nextMs - this.nowMs() <= EVERY_MS) return;
    const limits = this.rules.limits(null);
    for (let batch = 0; batch < BATCHES_A_HEARTBEAT; batch += 1) {
      if (this.pruneBatch(limits) > 0) continue;
      this.#nextMs = this.nowMs() + EVERY_MS;
      return;
    }
  }

  #delete(limit: PruneLimit): number {
    if (this.rules.beyond(limit, 1).length === 0) return 0;
    const deleted = this.database.write(
      () =>
        this.database.run(
          'DELETE FROM flow_runs WHERE id IN (SELECT value FROM json_each(?))',
          JSON.stringify(this.#next(limit)),
        ),
      { isSynced: false },
    );
    this.database.all(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`);
    return deleted;
  }

  /** Deletes the runs of arrays before the arrays, so that a batch is bounded. */
  #next(limit: PruneLimit): readonly string[] {
    const ids = this.rules.beyond(limit, BATCH);
    const ofArrays = this.arrays.runsOf(ids, BATCH);
    return ofArrays.length > 0 ? ofArrays : ids;
  }
}
