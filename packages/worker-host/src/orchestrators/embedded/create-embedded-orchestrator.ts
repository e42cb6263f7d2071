import type { Clock, Logger } from '@worker-host/core';
import type { Backlog } from '../../metrics/status-metrics.js';
import type { LateRun } from '../../notifications/notifications.js';
import { directoryWarning } from './database/data-directory.js';
import { watchFile } from './database/watch-file.js';
import { EmbeddedOrchestrator } from './embedded-orchestrator.js';
import { EmbeddedPool, type EmbeddedPoolOptions } from './embedded-pool.js';
import { Workers } from './leases/workers.js';
import { readBacklog } from './listing/backlog.js';

const MOST_LATE = 200;

/** The embedded pool as the control plane of a worker, and reads before the worker is opened. */
export function createEmbeddedOrchestrator(
  options: EmbeddedPoolOptions & {
    readonly clock: Clock;
    readonly logger: Logger;
    /** Why it was selected, for people. */
    readonly reason: string;
  },
): {
  readonly orchestrator: EmbeddedOrchestrator;
  readonly databasePath: string;
  poolType(name: string): string | null;
  backlog(workPoolName: string): Backlog;
  /** Returns up to 200 unclaimed runs that were due before a time. */
  late(workPoolName: string, beforeMs: number): readonly LateRun[];
} {
  const pool = EmbeddedPool.open(options);
  const workers = new Workers(pool.database, pool.nowMs);
  const warning = directoryWarning(options.home);
  if (warning !== null) options.logger.warn(warning);
  return {
    orchestrator: new EmbeddedOrchestrator(pool, options.clock, options.logger, options.reason, workers, watchFile),
    databasePath: pool.database.path,
    poolType: (name) => pool.pools.find(name)?.type ?? null,
    backlog: (workPoolName) => readBacklog(pool.database, workPoolName, pool.nowMs()),
    late: (workPoolName, beforeMs) =>
      pool.runLists
        .list({ workPoolName, states: ['SCHEDULED'], untilMs: beforeMs, limit: MOST_LATE })
        .runs.map((run) => ({
          flowRun: run,
          dueMs: Date.parse(run.stateSince ?? ''),
          reason: run.reason ?? 'No worker has claimed it.',
        })),
  };
}
