import type { EmbeddedDatabase, Row } from '../database/database.js';
import { numberOf } from '../database/rows.js';
import { HAS_SLOT, IS_ACTIVE } from '../database/run-filter.js';
import { NotFoundError } from '../embedded-errors.js';
import { assertLimitRule, assertReferenceName } from '../input/pool-input.js';
import { LimitRoom, type LimitSpace } from './limit-room.js';
import type { LimitRule, LimitView, OnLimit, RunConcurrency } from './limit-types.js';

const OF_KEY = 'key:';
const ONE_AT_ONCE: LimitRule = { most: 1, onLimit: 'queue', rate: null };
const OF_ARRAY = 'array:';
const ACTIVE = `(SELECT count(*) FROM flow_run_keys k WHERE k.key = l.key AND k.${IS_ACTIVE}) AS active`;
const SELECT_LIMITS = `SELECT l.*, ${ACTIVE} FROM run_limits l`;

/** The limit of a deployment, or of the runs of one schedule. */
export type OwnLimit = { readonly deploymentId: string; readonly scheduleId?: string };

/** A limit that runs wait for. */
export interface ContendedLimit {
  readonly key: string;
  readonly name: string;
  readonly most: number | null;
  readonly onLimit: OnLimit;
  readonly active: number;
  /** How many runs of it may begin now. */
  readonly free: number;
}

/** How many runs of one key may be active at once, or begin in some time. Every method belongs into a transaction. */
export class RunLimits {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly nowMs: () => number,
  ) {}

  /** Limits by key, without those of deployments and schedules. */
  list(): readonly LimitView[] {
    return this.database
      .all(
        `SELECT l.*, ${ACTIVE},
           (SELECT count(*) FROM flow_run_keys k WHERE k.key = l.key AND k.state_type = 'SCHEDULED') AS waiting
         FROM run_limits l WHERE l.key LIKE '${OF_KEY}%' ORDER BY l.key`,
      )
      .map((row) => ({ ...ruleOf(row), ...usageOf(row), key: String(row.key).slice(OF_KEY.length) }));
  }

  /** Those that were set by themselves, rather than by a run that names their key. */
  listDeclared(): readonly (LimitRule & { readonly key: string })[] {
    return this.database
      .all(`SELECT * FROM run_limits WHERE key LIKE '${OF_KEY}%' AND is_of_runs = 0 ORDER BY key`)
      .map((row) => ({ ...ruleOf(row), key: String(row.key).slice(OF_KEY.length) }));
  }

  set(key: string, rule: LimitRule): void {
    assertReferenceName('concurrency key', key);
    assertLimitRule(rule);
    this.#store(`${OF_KEY}${key}`, rule, null, false);
  }

  /** Deletes a limit: runs of its key begin as if they had none. @throws NotFoundError */
  delete(key: string): void {
    if (this.database.run('DELETE FROM run_limits WHERE key = ?', `${OF_KEY}${key}`) === 0) {
      const known = this.list().map((limit) => limit.key);
      throw new NotFoundError('limit', key, known);
    }
  }

  /** Counts a run for a key. */
  addKey(flowRunId: string, { key, rule }: RunConcurrency): void {
    assertReferenceName('concurrency key', key);
    if (rule !== null) assertLimitRule({ ...rule, rate: null });
    const stored = `${OF_KEY}${key}`;
    const before = this.#rule(stored);
    if (rule !== null || before === null) this.#store(stored, { ...(before ?? ONE_AT_ONCE), ...rule }, null, true);
    this.#attach(flowRunId, stored);
  }

  /** The rule of a deployment or of a schedule; null: it has none. */
  ownRule(owner: OwnLimit): LimitRule | null {
    return this.#rule(keyOf(owner));
  }

  /** Sets the limit of a deployment or schedule, for the runs that wait as well; null: none. */
  setOwn(owner: OwnLimit, rule: LimitRule | null): void {
    const key = keyOf(owner);
    if (rule === null) {
      this.database.run('DELETE FROM run_limits WHERE key = ?', key);
      return;
    }
    assertLimitRule(rule);
    this.#store(key, rule, owner.deploymentId, false);
    if (owner.scheduleId === undefined)
      this.database.run(
        `INSERT OR IGNORE INTO flow_run_keys (flow_run_id, key, state_type)
         SELECT id, ?1, state_type FROM flow_runs WHERE deployment_id = ?2 AND state_type = 'SCHEDULED' AND is_array = 0
         UNION ALL SELECT id, ?1, state_type FROM flow_runs WHERE deployment_id = ?2 AND ${HAS_SLOT}`,
        key,
        owner.deploymentId,
      );
  }

  /** Sets the limit of an array that is open; null: none. */
  setOfArray(arrayId: string, most: number | null): void {
    const key = `${OF_ARRAY}${arrayId}`;
    if (most === null) {
      this.database.run('DELETE FROM run_limits WHERE key = ?', key);
      return;
    }
    this.#store(key, { most, onLimit: 'queue', rate: null }, null, false);
    this.#attach(arrayId, key);
  }

  /** Counts a new run for the limits that its deployment and schedule have. */
  addOwnKeys(flowRunId: string, deploymentId: string, scheduleId: string | null): void {
    const owners: readonly OwnLimit[] = [
      { deploymentId },
      ...(scheduleId === null ? [] : [{ deploymentId, scheduleId }]),
    ];
    for (const owner of owners) if (this.ownRule(owner) !== null) this.#attach(flowRunId, keyOf(owner));
  }

  /** Limits that runs wait for, with how many of them may begin now. Empty where nothing has a limit: then it costs nothing. */
  contended(): readonly ContendedLimit[] {
    return this.database
      .all(
        `${SELECT_LIMITS} WHERE EXISTS
           (SELECT 1 FROM flow_run_keys k WHERE k.key = l.key AND k.state_type = 'SCHEDULED')`,
      )
      .map((row) => this.#contended(row));
  }

  /** Room for the given runs in the limits that they count for. */
  roomFor(flowRunIds: readonly string[]): LimitRoom {
    const rows = this.database.all(
      `SELECT k.flow_run_id, k.key FROM json_each(?) AS wanted JOIN flow_run_keys k ON k.flow_run_id = wanted.value`,
      JSON.stringify(flowRunIds),
    );
    const keys = new Map<string, string[]>();
    for (const row of rows) {
      const id = String(row.flow_run_id);
      keys.set(id, [...(keys.get(id) ?? []), String(row.key)]);
    }
    return new LimitRoom(this.#spacesOf(new Set(rows.map(({ key }) => String(key)))), keys);
  }

  #spacesOf(keys: ReadonlySet<string>): ReadonlyMap<string, LimitSpace> {
    if (keys.size === 0) return new Map();
    const rows = this.database.all(
      `${SELECT_LIMITS} WHERE l.key IN (SELECT value FROM json_each(?))`,
      JSON.stringify([...keys]),
    );
    return new Map(rows.map((row) => [String(row.key), this.#contended(row)]));
  }

  /** Why a run cannot begin now; null: its limits let it. */
  refusal(flowRunId: string): string | null {
    const full = this.roomFor([flowRunId]).fullOf(flowRunId);
    return full === null ? null : refusalBy(full);
  }

  /** Runs begin: they count for the rates of their keys. */
  noteClaims(flowRunIds: readonly string[]): void {
    this.database.run(
      'UPDATE flow_run_keys SET claimed_ms = ? WHERE flow_run_id IN (SELECT value FROM json_each(?))',
      this.nowMs(),
      JSON.stringify(flowRunIds),
    );
  }

  #contended(row: Row): ContendedLimit {
    const { most, onLimit, rate } = ruleOf(row);
    const key = String(row.key);
    const active = Number(row.active);
    const slots = most === null ? Number.POSITIVE_INFINITY : most - active;
    const begun = rate === null ? 0 : this.#begunWithin(key, rate.perSeconds * 1000);
    const free = rate === null ? slots : Math.min(slots, rate.runs - begun);
    return { key, name: nameOf(key), most, onLimit, active, free: Math.max(0, free) };
  }

  #begunWithin(key: string, ms: number): number {
    const row = this.database.get(
      'SELECT count(*) AS begun FROM flow_run_keys WHERE key = ? AND claimed_ms > ?',
      key,
      this.nowMs() - ms,
    );
    return Number(row?.begun);
  }

  #rule(key: string): LimitRule | null {
    const row = this.database.get('SELECT * FROM run_limits WHERE key = ?', key);
    return row === null ? null : ruleOf(row);
  }

  #store(key: string, { most, onLimit, rate }: LimitRule, deploymentId: string | null, isOfRuns: boolean): void {
    this.database.run(
      `INSERT INTO run_limits (key, deployment_id, most, on_limit, rate_runs, rate_ms, is_of_runs)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET most = excluded.most, on_limit = excluded.on_limit,
         rate_runs = excluded.rate_runs, rate_ms = excluded.rate_ms,
         is_of_runs = min(is_of_runs, excluded.is_of_runs)`,
      key,
      deploymentId,
      most,
      onLimit,
      rate?.runs ?? null,
      rate === null ? null : Math.round(rate.perSeconds * 1000),
      isOfRuns ? 1 : 0,
    );
  }

  /** Of an array: counts its runs. */
  #attach(flowRunId: string, key: string): void {
    this.database.run(
      `INSERT OR IGNORE INTO flow_run_keys (flow_run_id, key, state_type) SELECT id, ?1, state_type FROM flow_runs
       WHERE (id = ?2 AND is_array = 0) OR array_id = ?2`,
      key,
      flowRunId,
    );
  }
}

/** @param name of the limit that is full */
export function refusalBy(name: string): string {
  return `${name} is at its limit`;
}

function keyOf({ deploymentId, scheduleId }: OwnLimit): string {
  return scheduleId === undefined ? `deployment:${deploymentId}` : `schedule:${scheduleId}`;
}

function nameOf(key: string): string {
  if (key.startsWith(OF_KEY)) return `concurrency key '${key.slice(OF_KEY.length)}'`;
  if (key.startsWith(OF_ARRAY)) return 'the array';
  return key.startsWith('deployment:') ? 'the deployment' : 'the schedule';
}

function ruleOf(row: Row): LimitRule {
  const [runs, ms] = [numberOf(row.rate_runs), numberOf(row.rate_ms)];
  return {
    most: numberOf(row.most),
    onLimit: String(row.on_limit) as OnLimit,
    rate: runs === null || ms === null ? null : { runs, perSeconds: ms / 1000 },
  };
}

function usageOf(row: Row): Pick<LimitView, 'activeRuns' | 'waitingRuns'> {
  return { activeRuns: Number(row.active), waitingRuns: Number(row.waiting) };
}
