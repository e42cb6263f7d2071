import type { EmbeddedDatabase, Row } from '../database/database.js';
import { numberOf } from '../database/rows.js';
import { HAS_SLOT } from '../database/run-filter.js';
import type { WorkerListing, WorkerView } from '../leases/worker-listing.js';

/** Why a due run is not claimed. */
export interface WaitingReason {
  readonly kind:
    | 'pool-paused'
    | 'queue-paused'
    | 'pool-limit'
    | 'queue-limit'
    | 'run-limit'
    | 'run-dependency'
    | 'no-worker'
    | 'workers-full'
    | 'next-poll';
  /** A sentence for people, with what to do if possible. */
  readonly text: string;
}

/** Explains why runs wait. One object answers for one point in time: it reads each pool once. */
export class WaitingReasons {
  readonly #workers = new Map<string, readonly WorkerView[]>();
  readonly #active = new Map<string, number>();
  readonly #known = new Map<string, WaitingReason | null>();

  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly workerListing: WorkerListing,
  ) {}

  /** @param queueId queue in which the run waits. @returns null: the queue was deleted. */
  of(queueId: string): WaitingReason | null {
    const known = this.#known.get(queueId);
    if (known !== undefined) return known;
    const found = this.#find(queueId);
    this.#known.set(queueId, found);
    return found;
  }

  #find(queueId: string): WaitingReason | null {
    const row = this.database.get(
      `SELECT q.id AS queue_id, q.name AS queue_name, q.is_paused AS queue_paused, q.concurrency_limit AS queue_limit,
         p.id AS pool_id, p.name AS pool_name, p.is_paused AS pool_paused, p.concurrency_limit AS pool_limit
       FROM work_queues q JOIN work_pools p ON p.id = q.pool_id WHERE q.id = ?`,
      queueId,
    );
    return row === null ? null : (this.#pause(row) ?? this.#limit(row) ?? this.#noWorker(row));
  }

  #pause({ pool_name: pool, queue_name: queue, pool_paused: isPoolPaused, queue_paused: isQueuePaused }: Row) {
    if (isPoolPaused === 1)
      return reason('pool-paused', `Pool '${pool}' is paused. Resume it with: worker-host pool resume ${pool}`);
    if (isQueuePaused !== 1) return null;
    const resume = `worker-host queue update ${queue} --pool ${pool} --resume`;
    return reason('queue-paused', `Queue '${queue}' is paused. Resume it with: ${resume}`);
  }

  #limit(row: Row): WaitingReason | null {
    const { pool_name: pool, queue_name: queue } = row;
    const poolLimit = numberOf(row.pool_limit);
    if (poolLimit !== null && this.#activeIn('pool_id', String(row.pool_id)) >= poolLimit)
      return reason('pool-limit', `Pool '${pool}' is at its limit of ${counted(poolLimit, 'run')}.`);
    const queueLimit = numberOf(row.queue_limit);
    if (queueLimit !== null && this.#activeIn('queue_id', String(row.queue_id)) >= queueLimit)
      return reason('queue-limit', `Queue '${queue}' is at its limit of ${counted(queueLimit, 'run')}.`);
    return null;
  }

  #noWorker({ pool_id: poolId, pool_name: pool, queue_name: queue }: Row): WaitingReason {
    const online = this.#workersOf(String(poolId)).filter(({ status }) => status === 'online');
    if (online.length === 0)
      return reason('no-worker', `No worker serves pool '${pool}'. Start one with: worker-host start --pool ${pool}`);
    const serving = online.filter(({ workQueueNames: names }) => names.length === 0 || names.includes(String(queue)));
    if (serving.length === 0)
      return reason(
        'no-worker',
        `No worker of pool '${pool}' serves queue '${queue}'. Start one with: worker-host start --pool ${pool} --work-queue ${queue}`,
      );
    if (serving.every(({ activeRuns, limit }) => limit !== null && activeRuns >= limit))
      return reason(
        'workers-full',
        `All slots of ${counted(serving.length, 'worker')} are taken. Start another worker, or one with a higher --limit.`,
      );
    return reason('next-poll', 'A worker claims the run with one of its next polls.');
  }

  #workersOf(poolId: string): readonly WorkerView[] {
    const known = this.#workers.get(poolId) ?? this.workerListing.list(poolId);
    this.#workers.set(poolId, known);
    return known;
  }

  #activeIn(column: 'pool_id' | 'queue_id', id: string): number {
    const known = this.#active.get(id);
    if (known !== undefined) return known;
    const row = this.database.get(`SELECT count(*) AS active FROM flow_runs WHERE ${column} = ? AND ${HAS_SLOT}`, id);
    const active = Number(row?.active);
    this.#active.set(id, active);
    return active;
  }
}

function reason(kind: WaitingReason['kind'], text: string): WaitingReason {
  return { kind, text };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
