import type { EmbeddedDatabase, Row } from '../database/database.js';
import { numberOf, parseJson, textOf, timeText } from '../database/rows.js';
import { HAS_SLOT } from '../database/run-filter.js';
import type { Workers } from './workers.js';

/** A worker process that serves a pool, or was never seen to end. */
export interface WorkerView {
  /** Of the process: a restarted worker gets another one. */
  readonly id: string;
  readonly name: string;
  readonly workPoolName: string;
  /** Empty: all queues of the pool. */
  readonly workQueueNames: readonly string[];
  /** `dead`: its process is gone, or it has been silent for three heartbeat intervals; its runs are taken over. */
  readonly status: 'online' | 'dead';
  readonly host: string;
  readonly osPid: number;
  /** Of worker-host. Null: an older one that does not store it. */
  readonly version: string | null;
  readonly started: string | null;
  readonly lastHeartbeat: string;
  /** Seconds between two heartbeats. */
  readonly heartbeatIntervalSeconds: number;
  /** Runs the worker holds. */
  readonly activeRuns: number;
  /** Null: no limit. */
  readonly limit: number | null;
}

/** Lists the workers of pools. */
export class WorkerListing {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly workers: Pick<Workers, 'dead'>,
  ) {}

  /** By pool and name. @param poolId null: of all pools. */
  list(poolId: string | null): readonly WorkerView[] {
    return this.database.read(() => {
      const dead = new Set(this.workers.dead());
      return this.database
        .all(
          `SELECT w.*, p.name AS pool_name, (SELECT count(*) FROM flow_runs
             WHERE pool_id = w.pool_id AND owner = w.instance_id AND ${HAS_SLOT}) AS active
           FROM workers w JOIN work_pools p ON p.id = w.pool_id ${poolId === null ? '' : 'WHERE w.pool_id = ?'}
           ORDER BY p.name, w.name, w.instance_id`,
          ...(poolId === null ? [] : [poolId]),
        )
        .map((row) => toView(row, dead.has(String(row.instance_id))));
    });
  }
}

function toView(row: Row, isDead: boolean): WorkerView {
  const queues = parseJson(row.queue_names);
  return {
    id: String(row.instance_id),
    name: String(row.name),
    workPoolName: String(row.pool_name),
    workQueueNames: Array.isArray(queues) ? queues.map(String) : [],
    status: isDead ? 'dead' : 'online',
    host: String(row.host),
    osPid: Number(row.os_pid),
    version: textOf(row.version),
    started: timeText(row.started_ms),
    lastHeartbeat: timeText(row.heartbeat_ms) ?? '',
    heartbeatIntervalSeconds: Number(row.heartbeat_interval_seconds),
    activeRuns: Number(row.active),
    limit: numberOf(row.slot_limit),
  };
}
