import type { EmbeddedDatabase } from './database/database.js';
import { DatabaseLockedError } from './database/database-errors.js';
import type { LimitStrategies } from './limits/limit-strategies.js';
import type { FlowRuns } from './runs/flow-runs.js';
import type { RunDependencies } from './runs/run-dependencies.js';
import { describeTimeLimit, type OverdueRun, type RunTimeLimits } from './runs/run-time-limits.js';

/** Applies time-based rules: dependencies on ended runs, full limits, expired deadlines. Any worker does it. */
export class PoolUpkeep {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly runs: FlowRuns,
    private readonly strategies: LimitStrategies,
    private readonly timeLimits: RunTimeLimits,
    private readonly dependencies: RunDependencies,
    private readonly nowMs: () => number,
  ) {}

  /** Returns whether anything was changed. If the file is locked, the next call does it. */
  apply(): boolean {
    try {
      const isFollowed = this.#resolveDependencies();
      const isOrdered = this.strategies.apply(this.nowMs());
      return this.#endOverdue() || isOrdered || isFollowed;
    } catch (error) {
      if (error instanceof DatabaseLockedError) return false;
      throw error;
    }
  }

  #resolveDependencies(): boolean {
    if (!this.dependencies.isDue()) return false;
    this.database.write(() => this.dependencies.resolve(this.runs));
    return true;
  }

  #endOverdue(): boolean {
    if (this.timeLimits.overdue(this.nowMs()).length === 0) return false;
    this.database.write(() => {
      for (const run of this.timeLimits.overdue(this.nowMs())) this.#endOne(run);
    });
    return true;
  }

  #endOne({ id, stateType, policy }: OverdueRun): void {
    if (stateType === 'SCHEDULED') {
      const message = `Expired: no worker claimed the run within its queue limit of ${policy.limits?.queueSeconds} s`;
      this.runs.propose(id, { type: 'CANCELLED', name: 'Expired', message });
      return;
    }
    const limit = stateType === 'PENDING' ? 'start' : 'run';
    this.timeLimits.exceed(id, limit);
    this.runs.propose(id, { type: 'CANCELLING', message: describeTimeLimit(limit, policy) });
  }
}
