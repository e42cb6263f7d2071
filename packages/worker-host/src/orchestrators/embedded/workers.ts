import { randomUUID } from 'node:crypto';
import type { EmbeddedDatabase, Row } from './database.js';
import { isAlive, ownIdentity } from './process-identity.js';
import { numberOf, textOf } from './rows.js';

const MISSED_HEARTBEATS = 3;

/** The worker processes that serve pools, and whether they live. */
export class Workers {
  /** Who this process is towards the others. */
  readonly instanceId = randomUUID();

  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly nowMs: () => number,
  ) {}

  /** Says that this process lives, as this worker of this pool. */
  beat(poolId: string, name: string, heartbeatIntervalSeconds: number): void {
    const { host, osPid, processStarted } = ownIdentity();
    this.database.run(
      `INSERT INTO workers (instance_id, pool_id, name, host, os_pid, process_started, heartbeat_ms, heartbeat_interval_seconds)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (instance_id) DO UPDATE SET pool_id = excluded.pool_id, heartbeat_ms = excluded.heartbeat_ms`,
      this.instanceId,
      poolId,
      name,
      host,
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

  /** The processes that live. Those that surely do not are forgotten. */
  living(): ReadonlySet<string> {
    const living = new Set<string>();
    for (const row of this.database.all('SELECT * FROM workers')) {
      const instanceId = String(row.instance_id);
      if (this.#lives(row)) living.add(instanceId);
      else this.database.run('DELETE FROM workers WHERE instance_id = ?', instanceId);
    }
    return living;
  }

  #lives(row: Row): boolean {
    const known = isAlive({
      host: String(row.host),
      osPid: numberOf(row.os_pid) ?? 0,
      processStarted: textOf(row.process_started),
    });
    if (known !== null) return known;
    const silentMs = this.nowMs() - (numberOf(row.heartbeat_ms) ?? 0);
    return silentMs < (numberOf(row.heartbeat_interval_seconds) ?? 30) * 1000 * MISSED_HEARTBEATS;
  }
}
