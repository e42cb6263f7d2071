import { existsSync } from 'node:fs';
import type { DataFiles } from '../database/data-directory.js';
import { libsqlDriver } from '../database/libsql-driver.js';
import { MIGRATIONS } from '../database/migrations.js';
import type { SqliteConnection } from '../database/sqlite-driver.js';
import { nameFailure } from '../database/sqlite-failure.js';
import { unseal } from '../variables-and-secrets/sealing.js';
import { fingerprintOf, keyOfText, readKeyFile } from '../variables-and-secrets/secret-key.js';

type Database = SqliteConnection;
type RawRow = Readonly<Record<string, string | number | null>>;

const MOST_PROBLEMS = 20;
const WAIT_MS = 10_000;

/** Result of a check of a database file. */
export interface DatabaseReport {
  readonly path: string;
  /** Schema version; a file of an older version is migrated when a command opens it. */
  readonly version: number;
  readonly newestVersion: number;
  readonly bytes: number;
  /** Free space of deleted runs: returned to the file system when runs are pruned, or by `db vacuum`. */
  readonly freeBytes: number;
  readonly pools: number;
  readonly deployments: number;
  readonly runs: number;
  readonly secrets: number;
  /** One line each. Empty: the file is intact, and its secrets can be read. */
  readonly problems: readonly string[];
}

const ENDED = `('COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED')`;

/** Rules that the schema does not enforce. Each query finds violations. */
const RULES: readonly (readonly [problem: string, since: number, sql: string])[] = [
  [
    'runs whose state is missing',
    1,
    'SELECT id FROM flow_runs r WHERE NOT EXISTS (SELECT 1 FROM flow_run_states s WHERE s.id = r.state_id)',
  ],
  [
    'ended runs with an owner',
    1,
    "SELECT id FROM flow_runs WHERE owner IS NOT NULL AND state_type IN ('COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED')",
  ],
  [
    'runs of another pool than their queue',
    1,
    'SELECT r.id FROM flow_runs r JOIN work_queues q ON q.id = r.queue_id WHERE q.pool_id <> r.pool_id',
  ],
  [
    'runs that count for their limits in another state than they are in',
    4,
    'SELECT r.id FROM flow_runs r JOIN flow_run_keys k ON k.flow_run_id = r.id WHERE k.state_type <> r.state_type',
  ],
  [
    'arrays that have ended before their runs, or not with the last of them',
    12,
    `SELECT a.id FROM flow_runs a WHERE a.is_array = 1 AND (a.state_type IN ${ENDED}) <> NOT EXISTS
       (SELECT 1 FROM flow_runs r WHERE r.array_id = a.id AND r.state_type NOT IN ${ENDED})`,
  ],
];

/**
 * Checks a database file without changing it: its pages, its references, the rules of the pool, and whether its secrets can be
 * decrypted with the key. Other processes can use the file meanwhile.
 *
 * @param secretKey the key as text; null: the key file. @throws the errors of `database-errors.ts` if it cannot be opened.
 */
export function checkDatabase(files: DataFiles, secretKey: string | null): DatabaseReport {
  const path = files.databasePath;
  let database: Database | null = null;
  try {
    database = libsqlDriver.open(path, { waitMs: WAIT_MS, isReadonly: true });
    return reportOf(database, files, secretKey);
  } catch (error) {
    throw nameFailure(error, path, WAIT_MS);
  } finally {
    database?.close();
  }
}

function reportOf(database: Database, files: DataFiles, secretKey: string | null): DatabaseReport {
  const number = (sql: string): number => Number(Object.values(rowsOf(database, sql)[0] ?? { value: 0 })[0]);
  const version = number('PRAGMA user_version');
  const pageSize = number('PRAGMA page_size');
  const integrity = rowsOf(database, `PRAGMA integrity_check(${MOST_PROBLEMS})`).map((row) =>
    String(Object.values(row)[0]),
  );
  const report = {
    path: files.databasePath,
    version,
    newestVersion: MIGRATIONS.length,
    bytes: number('PRAGMA page_count') * pageSize,
    freeBytes: number('PRAGMA freelist_count') * pageSize,
  };
  if (integrity[0] !== 'ok' || version < 1 || version > MIGRATIONS.length) {
    const unknown =
      version < 1 || version > MIGRATIONS.length ? [`this worker-host does not know schema version ${version}`] : [];
    const problems = [...unknown, ...integrity.filter((line) => line !== 'ok')];
    return { ...report, pools: 0, deployments: 0, runs: 0, secrets: 0, problems };
  }
  return {
    ...report,
    pools: number('SELECT count(*) FROM work_pools'),
    deployments: number('SELECT count(*) FROM deployments'),
    runs: number('SELECT count(*) FROM flow_runs'),
    secrets: number('SELECT count(*) FROM secrets'),
    problems: [
      ...referenceProblems(database),
      ...ruleProblems(database, version),
      ...secretProblems(database, files, secretKey),
    ],
  };
}

function referenceProblems(database: Database): readonly string[] {
  return rowsOf(database, 'PRAGMA foreign_key_check')
    .slice(0, MOST_PROBLEMS)
    .map((row) => `a row of ${row.table} refers to a row of ${row.parent} that does not exist`);
}

function ruleProblems(database: Database, version: number): readonly string[] {
  return RULES.filter(([, since]) => version >= since).flatMap(([problem, , sql]) => {
    const ids = rowsOf(database, `${sql} LIMIT ${MOST_PROBLEMS}`).map(({ id }) => String(id));
    return ids.length === 0 ? [] : [`${problem}: ${ids.join(', ')}`];
  });
}

function secretProblems(database: Database, { secretKeyPath }: DataFiles, secretKey: string | null): readonly string[] {
  const secrets = rowsOf(database, 'SELECT name, sealed FROM secrets ORDER BY name');
  if (secrets.length === 0) return [];
  const key = keyOf(database, secretKeyPath, secretKey);
  if (key === null) return [`secrets exist, but the key file ${secretKeyPath} does not`];
  return secrets.flatMap(({ name, sealed }) => {
    try {
      unseal(key, String(name), String(sealed));
      return [];
    } catch {
      return [`the secret '${name}' cannot be decrypted with the current key`];
    }
  });
}

/** Returns the key file, or its draft if a rotation was interrupted. */
function keyOf(database: Database, path: string, secretKey: string | null): Buffer | null {
  if (secretKey !== null) return keyOfText(secretKey);
  const known = tableExists(database, 'secret_keys')
    ? rowsOf(database, 'SELECT fingerprint FROM secret_keys')[0]?.fingerprint
    : null;
  const draft = existsSync(`${path}.new`) ? readKeyFile(`${path}.new`) : null;
  return draft !== null && fingerprintOf(draft) === known ? draft : readKeyFile(path);
}

function tableExists(database: Database, name: string): boolean {
  return rowsOf(database, `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '${name}'`).length > 0;
}

function rowsOf(database: Database, sql: string): readonly RawRow[] {
  return database.prepare(sql).all([]) as readonly RawRow[];
}
