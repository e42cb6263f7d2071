import { randomUUID } from 'node:crypto';
import {
  type Attempt,
  isFinalStateType,
  type JsonObject,
  type LaunchToStore,
  REPORT_GRACE_MS,
  type ReleaseReason,
  type StateType,
  type StoredLaunch,
} from '@worker-host/core';
import type { EmbeddedDatabase, Row } from '../database/database.js';
import { numberOf, parseObject, textOf } from '../database/rows.js';

/** Most places that are kept of a pool. */
const MOST_PLACES = 100;

/** Names one ownership of one attempt at a run. */
export interface Holding {
  readonly flowRunId: string;
  readonly attempt: number;
  readonly fencingToken: string;
}

/** What a new owner of a run is handed. */
export interface Granted {
  readonly attempt: Attempt;
  readonly fencingToken: string;
  readonly launch: StoredLaunch | null;
  readonly outputCursor: string | null;
  readonly deaths: number;
}

/** Which process owns which run, as the database has it. Every method belongs into a transaction with what it guards. */
export class Ownership {
  constructor(private readonly database: EmbeddedDatabase) {}

  /** Makes a process the owner of a run, with a fencing token of its own. */
  grant(flowRunId: string, owner: string): Granted {
    const fencingToken = randomUUID();
    this.database.run(
      'UPDATE flow_runs SET owner = ?, lease_token = ?, offered_from_ms = NULL WHERE id = ?',
      owner,
      fencingToken,
      flowRunId,
    );
    const row = this.#row(flowRunId);
    const attempt = {
      flowRunId,
      id: String(row?.attempt),
      startedAtMs: Number(row?.attempt_started_ms),
    };
    const deaths = Number(row?.deaths);
    return { attempt, fencingToken, launch: launchOf(row), outputCursor: textOf(row?.output_cursor), deaths };
  }

  /** Counts the death of the owner of a run of which no launch is stored. */
  noteDeath(flowRunId: string): void {
    this.database.run(
      `UPDATE flow_runs SET deaths = deaths + 1
       WHERE id = ? AND launch_relaunch IS NULL AND infrastructure_pid IS NULL`,
      flowRunId,
    );
  }

  /** Of each ownership why it has ended. Null: the run is owned under that attempt and token. */
  losses(holdings: readonly Holding[]): readonly (string | null)[] {
    const rows = this.database.all(
      `SELECT id, attempt, lease_token, owner, state_type, state_name FROM flow_runs
       WHERE id IN (SELECT value FROM json_each(?))`,
      JSON.stringify(holdings.map(({ flowRunId }) => flowRunId)),
    );
    const runs = new Map(rows.map((row) => [row.id, row]));
    return holdings.map(({ flowRunId, attempt, fencingToken }) => {
      const run = runs.get(flowRunId) ?? null;
      const isHeld = run?.attempt === attempt && run.lease_token === fencingToken && run.owner !== null;
      return isHeld ? null : lossOf(run);
    });
  }

  /**
   * The id of the state in which this very ownership ended: of the proposed type, or of any where the run has a policy,
   * which may make another end of it. Null: it has not ended so.
   */
  endedIn({ flowRunId, attempt, fencingToken }: Holding, type: StateType): string | null {
    if (!isFinalStateType(type)) return null;
    const ended = this.database.get(
      `SELECT r.state_id FROM flow_runs r WHERE r.id = ?1 AND r.attempt = ?2 AND r.lease_token = ?3 AND r.owner IS NULL
         AND (r.state_type = ?4 OR (r.policy IS NOT NULL AND r.state_type IN ('COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED')))
       UNION ALL
       SELECT a.state_id FROM flow_run_attempts a JOIN flow_run_states s ON s.id = a.state_id
       WHERE a.flow_run_id = ?1 AND a.attempt = ?2 AND a.lease_token = ?3
         AND s.type IN ('COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED')`,
      flowRunId,
      attempt,
      fencingToken,
      type,
    );
    return ended === null ? null : String(ended.state_id);
  }

  /** Gives a run up; without an effect where it is not owned under that token. */
  release({ flowRunId, attempt, fencingToken }: Holding, reason: ReleaseReason, releasedMs: number): void {
    this.database.run(
      `UPDATE flow_runs SET owner = NULL, lease_token = NULL, offered_from_ms = ?
       WHERE id = ? AND attempt = ? AND lease_token = ? AND owner IS NOT NULL`,
      releasedMs + (reason === 'unreported' ? REPORT_GRACE_MS : 0),
      flowRunId,
      attempt,
      fencingToken,
    );
  }

  /** Stores where a run is about to be launched, and for the pool where to search for it. The infrastructure of an earlier relaunch is forgotten in the same write. */
  storeLaunch(flowRunId: string, { relaunch, place, searchPlace = place }: LaunchToStore): void {
    this.database.run(
      `UPDATE flow_runs SET launch_relaunch = ?, launch_place = ?,
         infrastructure_pid = CASE WHEN coalesce(launch_relaunch, 0) = ? THEN infrastructure_pid END WHERE id = ?`,
      relaunch,
      JSON.stringify(place),
      relaunch,
      flowRunId,
    );
    this.#rememberPlace(String(this.#row(flowRunId)?.pool_id), JSON.stringify(searchPlace));
  }

  /** Distinct search places of the launches of the pool, the last one first. */
  places(poolId: string): readonly JsonObject[] {
    return this.database
      .all('SELECT place FROM launch_places WHERE pool_id = ? ORDER BY rowid DESC', poolId)
      .map((row) => parseObject(row.place));
  }

  #rememberPlace(poolId: string, place: string): void {
    this.database.run('INSERT OR REPLACE INTO launch_places (pool_id, place) VALUES (?, ?)', poolId, place);
    this.database.run(
      `DELETE FROM launch_places WHERE pool_id = ? AND rowid NOT IN
         (SELECT rowid FROM launch_places WHERE pool_id = ? ORDER BY rowid DESC LIMIT ${MOST_PLACES})`,
      poolId,
      poolId,
    );
  }

  #row(flowRunId: string): Row | null {
    return this.database.get('SELECT * FROM flow_runs WHERE id = ?', flowRunId);
  }
}

function launchOf(row: Row | null): StoredLaunch | null {
  const relaunch = numberOf(row?.launch_relaunch);
  return relaunch === null ? null : { relaunch, place: parseObject(row?.launch_place) };
}

function lossOf(row: Row | null): string {
  if (row === null) return 'it was deleted';
  const type = String(row.state_type) as StateType;
  return isFinalStateType(type) || type === 'SCHEDULED' ? `it is now ${row.state_name}` : 'another worker owns it';
}
