import { randomUUID } from 'node:crypto';
import type { WorkerIdentity } from '@worker-host/core';
import { packageVersion } from '../../../package-version.js';
import {
  isAlive,
  ownIdentity,
  type ProcessIdentity,
  type ProcessLookup,
  systemProcesses,
} from '../../process-identity.js';
import type { EmbeddedDatabase, Row } from '../database/database.js';
import { numberOf, textOf } from '../database/rows.js';

const MISSED_HEARTBEATS = 3;
const DEFAULT_INTERVAL_SECONDS = 30;

/** How long the leases of a worker hold after a heartbeat, in milliseconds: three intervals. */
export function leaseMsOf(heartbeatIntervalSeconds: number = DEFAULT_INTERVAL_SECONDS): number {
  return heartbeatIntervalSeconds * 1000 * MISSED_HEARTBEATS;
}

/** Which runs a worker takes, and how many. */
export type Serving = Pick<WorkerIdentity, 'workQueueNames' | 'limit'>;

const SERVES_ALL: Serving = { workQueueNames: [], limit: null };

/** Who a worker process is, towards the others. */
export interface WorkerProcess {
  readonly identity: ProcessIdentity;
  readonly processes: ProcessLookup;
}

/** The worker processes that serve pools, and whether they live. */
export class Workers {
  readonly instanceId = randomUUID();

  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly nowMs: () => number,
    private readonly self: WorkerProcess = { identity: ownIdentity(), processes: systemProcesses },
  ) {}

  /** Stores that this process lives, as this worker of this pool. */
  beat(poolId: string, name: string, heartbeatIntervalSeconds: number, serving: Serving = SERVES_ALL): void {
    const { host, bootId, processNamespace, osPid, processStarted } = this.self.identity;
    this.database.run(
      `INSERT INTO workers (instance_id, pool_id, name, host, boot_id, process_namespace, os_pid, process_started,
         heartbeat_ms, heartbeat_interval_seconds, started_ms, version, queue_names, slot_limit)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (instance_id) DO UPDATE SET pool_id = excluded.pool_id, heartbeat_ms = excluded.heartbeat_ms`,
      this.instanceId,
      poolId,
      name,
      host,
      bootId,
      processNamespace,
      osPid,
      processStarted,
      this.nowMs(),
      heartbeatIntervalSeconds,
      this.nowMs(),
      packageVersion(),
      JSON.stringify(serving.workQueueNames),
      serving.limit,
    );
  }

  /** This process serves no more: its runs are free to be taken over. */
  leave(): void {
    this.database.run('DELETE FROM workers WHERE instance_id = ?', this.instanceId);
  }

  /** Instance ids of the processes that are dead and still known. */
  dead(): readonly string[] {
    const rows = this.database.all('SELECT * FROM workers');
    return rows.filter((row) => !this.#lives(row)).map((row) => String(row.instance_id));
  }

  /** Deletes the rows of dead processes; to be called within a transaction. */
  forgetTheDead(): void {
    for (const instanceId of this.dead()) this.database.run('DELETE FROM workers WHERE instance_id = ?', instanceId);
  }

  /** Other live processes of that pool and name: where each of them is, for people. */
  namesakes(poolId: string, name: string): readonly string[] {
    return this.database
      .all('SELECT * FROM workers WHERE pool_id = ? AND name = ?', poolId, name)
      .filter((row) => row.instance_id !== this.instanceId && this.#lives(row))
      .map((row) => {
        const silentMs = Math.max(0, this.nowMs() - Number(row.heartbeat_ms));
        return `process ${row.os_pid} on ${row.host}, last heartbeat ${Math.round(silentMs / 1000)} s ago`;
      });
  }

  /** Returns whether the process is alive. False for null, which identifies no process. */
  isLiving(instanceId: string | null): boolean {
    if (instanceId === this.instanceId) return true;
    const row = this.database.get('SELECT * FROM workers WHERE instance_id = ?', instanceId);
    return row !== null && this.#lives(row);
  }

  /** By its process where that can be seen from here, else by its heartbeats. */
  #lives(row: Row): boolean {
    if (row.instance_id === this.instanceId) return true;
    const process: ProcessIdentity = {
      host: String(row.host),
      bootId: textOf(row.boot_id),
      processNamespace: textOf(row.process_namespace),
      osPid: Number(row.os_pid),
      processStarted: textOf(row.process_started),
    };
    const known = isAlive(process, this.self.identity, this.self.processes);
    if (known !== null) return known;
    const silentMs = this.nowMs() - Number(row.heartbeat_ms);
    return silentMs < leaseMsOf(numberOf(row.heartbeat_interval_seconds) ?? undefined);
  }
}
