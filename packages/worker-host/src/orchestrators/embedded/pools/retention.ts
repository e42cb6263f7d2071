import type { StateType } from '@worker-host/core';
import type { EmbeddedDatabase, Row } from '../database/database.js';
import { numberOf } from '../database/rows.js';
import { PoolInputError } from '../embedded-errors.js';
import type { Pools } from './pools.js';

export const RETAINED_STATE_TYPES = [
  'COMPLETED',
  'FAILED',
  'CRASHED',
  'CANCELLED',
] as const satisfies readonly StateType[];
export type RetainedStateType = (typeof RETAINED_STATE_TYPES)[number];

/** How long ended runs of a state are kept. Null: no limit. */
export interface RetentionRule {
  /** Seconds after their end. */
  readonly maxAgeSeconds: number | null;
  /** Number of most recent runs per pool. */
  readonly maxRuns: number | null;
}

export type Retention = Readonly<Record<RetainedStateType, RetentionRule>>;

/** A run that ended before `endedBeforeMs` is deleted, and one that is not among the `maxRuns` most recent. */
export interface PruneLimit {
  readonly poolId: string;
  readonly stateType: RetainedStateType;
  readonly endedBeforeMs: number | null;
  readonly maxRuns: number | null;
}

const DAY_SECONDS = 86_400;
/**
 * A month for successful runs, to answer "did it run?"; three for others, which may need attention later. The number
 * limits the size of the file: 100,000 runs with twenty lines of log take about 400 MB.
 */
const DEFAULT_RETENTION: Retention = {
  COMPLETED: { maxAgeSeconds: 30 * DAY_SECONDS, maxRuns: 100_000 },
  CANCELLED: { maxAgeSeconds: 30 * DAY_SECONDS, maxRuns: 100_000 },
  FAILED: { maxAgeSeconds: 90 * DAY_SECONDS, maxRuns: 100_000 },
  CRASHED: { maxAgeSeconds: 90 * DAY_SECONDS, maxRuns: 100_000 },
};
const MOST_TO_RANK = 1_000_000_000;

/** Retention of ended runs, and the runs beyond it. */
export class RetentionRules {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly pools: Pools,
    private readonly nowMs: () => number,
  ) {}

  read(poolName: string): Retention {
    return this.#ofPool(this.pools.read(poolName).id);
  }

  /** The configured rules of the pool, without defaults. */
  readOwn(poolName: string): Partial<Retention> {
    return this.#own(this.pools.read(poolName).id);
  }

  /** @throws PoolInputError */
  set(poolName: string, stateTypes: readonly RetainedStateType[], rule: Partial<RetentionRule>): Retention {
    assertRule(rule);
    return this.database.write(() => {
      const { id } = this.pools.read(poolName);
      for (const stateType of stateTypes) {
        const { maxAgeSeconds, maxRuns } = { ...this.#ofPool(id)[stateType], ...rule };
        this.database.run(
          'INSERT OR REPLACE INTO retention_rules (pool_id, state_type, max_age_seconds, max_runs) VALUES (?, ?, ?, ?)',
          id,
          stateType,
          maxAgeSeconds,
          maxRuns,
        );
      }
      return this.#ofPool(id);
    });
  }

  /** Returns the current rules of one pool, or of all. */
  limits(poolName: string | null): readonly PruneLimit[] {
    const pools = poolName === null ? this.pools.list() : [this.pools.read(poolName)];
    return pools.flatMap(({ id: poolId }) => {
      const retention = this.#ofPool(poolId);
      return RETAINED_STATE_TYPES.map((stateType) => {
        const { maxAgeSeconds, maxRuns } = retention[stateType];
        const endedBeforeMs = maxAgeSeconds === null ? null : Math.round(this.nowMs() - maxAgeSeconds * 1000);
        return { poolId, stateType, endedBeforeMs, maxRuns };
      });
    });
  }

  /**
   * Returns ids of runs and arrays beyond a limit, the oldest first. An array counts as its runs, which are kept as long as it:
   * it exceeds a number of runs if that many have ended after it.
   */
  beyond({ poolId, stateType, endedBeforeMs, maxRuns }: PruneLimit, most: number): readonly string[] {
    const newest =
      maxRuns === null
        ? null
        : this.database.get(
            `SELECT end_ms FROM (
               SELECT end_ms, sum(coalesce(array_size, 1)) OVER (ORDER BY end_ms DESC ROWS UNBOUNDED PRECEDING)
                 - coalesce(array_size, 1) AS newer
               FROM flow_runs INDEXED BY flow_runs_ended
               WHERE pool_id = ? AND state_type = ? AND end_ms IS NOT NULL AND array_id IS NULL)
             WHERE newer >= ? LIMIT 1`,
            poolId,
            stateType,
            Math.min(maxRuns, MOST_TO_RANK),
          );
    // Runs that ended in the same millisecond as the first excess one are deleted as well.
    const beforeMs = Math.max(endedBeforeMs ?? 0, newest === null ? 0 : Number(newest.end_ms) + 1);
    return this.database
      .all(
        `SELECT id FROM flow_runs INDEXED BY flow_runs_ended
         WHERE pool_id = ? AND state_type = ? AND end_ms IS NOT NULL AND array_id IS NULL AND end_ms < ? ORDER BY end_ms LIMIT ?`,
        poolId,
        stateType,
        beforeMs,
        most,
      )
      .map(({ id }) => String(id));
  }

  #ofPool(poolId: string): Retention {
    return { ...DEFAULT_RETENTION, ...this.#own(poolId) };
  }

  #own(poolId: string): Partial<Retention> {
    const rows = this.database.all('SELECT * FROM retention_rules WHERE pool_id = ?', poolId);
    return Object.fromEntries(rows.map((row) => [String(row.state_type), ruleOf(row)]));
  }
}

function ruleOf(row: Row): RetentionRule {
  return { maxAgeSeconds: numberOf(row.max_age_seconds), maxRuns: numberOf(row.max_runs) };
}

function assertRule({ maxAgeSeconds = null, maxRuns = null }: Partial<RetentionRule>): void {
  const problems = [
    ...(maxAgeSeconds === null || maxAgeSeconds > 0 ? [] : [`an age must be above 0 s (found: ${maxAgeSeconds})`]),
    ...(maxRuns === null || (Number.isSafeInteger(maxRuns) && maxRuns >= 0)
      ? []
      : [`a number of runs must be 0 or more (found: ${maxRuns})`]),
  ];
  if (problems.length > 0) throw new PoolInputError('retention', problems);
}
