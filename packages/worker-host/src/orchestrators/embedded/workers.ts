import { randomUUID } from 'node:crypto';
import type { EmbeddedDatabase, Row } from './database.js';
import { isAlive, ownIdentity, type ProcessIdentity, type ProcessLookup, systemProcesses } from '../process-identity.js';
import { numberOf, textOf } from './rows.js';

const MISSED_HEARTBEATS = 3;

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

  /** Says that this process lives, as this worker of this pool. */
  beat(poolId: string, name: string, heartbeatIntervalSeconds: number): void {
    const { host, bootId, processNamespace, osPid, processStarted } = this.self.identity;
    this.database.run(
      `INSERT INTO workers (instance_id, pool_id, name, host, boot_id, process_namespace, os_pid, process_started,
         heartbeat_ms, heartbeat_interval_seconds)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
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
    );
  }

  /** This process serves no more: its runs are free to be taken over. */
  leave(): void {
    this.database.run('DELETE FROM workers WHERE instance_id = ?', this.instanceId);
  }

  /** Forgets the processes that are surely dead; to be called within a transaction. */
  forgetTheDead(): void {
    for (const row of this.database.all('SELECT * FROM workers')) {
      const instanceId = String(row.instance_id);
      if (!this.#lives(row)) this.database.run('DELETE FROM workers WHERE instance_id = ?', instanceId);
    }
  }

  /** True: the process lives. Null is nobody's id, so false. */
  isLiving(instanceId: string | null): boolean {
    if (instanceId === this.instanceId) return true;
    const row = this.database.get('SELECT * FROM workers WHERE instance_id = ?', instanceId);
    return row !== null && this.#lives(row);
  }

  /** By its process where that can be seen from here, else by its signs of life. */
  #lives(row: Row): boolean {
    if (row.instance_id === this.instanceId) return true;
    const process: ProcessIdentity = {
      host: String(row.host),
      bootId: textOf(row.boot_id),
      processNamespace: textOf(row.process_namespace),
      osPid: numberOf(row.os_pid) ?? 0,
      processStarted: textOf(row.process_started),
    };
    const known = isAlive(process, this.self.identity, this.self.processes);
    if (known !== null) return known;
    const silentMs = this.nowMs() - (numberOf(row.heartbeat_ms) ?? 0);
    return silentMs < (numberOf(row.heartbeat_interval_seconds) ?? 30) * 1000 * MISSED_HEARTBEATS;
  }
}
