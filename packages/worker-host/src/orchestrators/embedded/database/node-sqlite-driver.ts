import { createRequire } from 'node:module';
import type { SqliteConnection, SqliteDriver, SqliteStatement, SqliteValue } from './sqlite-driver.js';

/** Of `node:sqlite`, which the types of the oldest supported Node do not know. */
interface NodeStatement {
  run(...parameters: readonly unknown[]): { readonly changes: number | bigint };
  get(...parameters: readonly unknown[]): unknown;
  all(...parameters: readonly unknown[]): readonly unknown[];
}
interface NodeDatabase {
  exec(sql: string): void;
  prepare(sql: string): NodeStatement;
  readonly isTransaction: boolean;
  close(): void;
}
interface NodeSqlite {
  readonly DatabaseSync: new (path: string, options: { readonly readOnly: boolean }) => NodeDatabase;
}

/** SQLite's codes by their numbers: Node gives numbers alone. */
const EXTENDED_CODES: Readonly<Record<number, string>> = {
  517: 'SQLITE_BUSY_SNAPSHOT',
  522: 'SQLITE_IOERR_SHORT_READ',
  1555: 'SQLITE_CONSTRAINT_PRIMARYKEY',
  1811: 'SQLITE_CONSTRAINT_TRIGGER',
  2067: 'SQLITE_CONSTRAINT_UNIQUE',
};
const CODES: Readonly<Record<number, string>> = {
  3: 'SQLITE_PERM',
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  15: 'SQLITE_PROTOCOL',
  19: 'SQLITE_CONSTRAINT',
  26: 'SQLITE_NOTADB',
};

/**
 * The driver on Node's own SQLite, of Node 22.16 or newer. Null: this Node has none. It stands ready for the day when all
 * supported versions of Node have it; until then the database uses libsql.
 */
export function nodeSqliteDriver(): SqliteDriver | null {
  const sqlite = load();
  return sqlite === null ? null : { name: 'node:sqlite', open: (path, options) => open(sqlite, path, options) };
}

function load(): NodeSqlite | null {
  try {
    const sqlite = createRequire(import.meta.url)('node:sqlite') as NodeSqlite;
    const database = new sqlite.DatabaseSync(':memory:', { readOnly: false });
    const isNewEnough = database.isTransaction === false;
    database.close();
    return isNewEnough ? sqlite : null;
  } catch {
    return null;
  }
}

function open(
  { DatabaseSync }: NodeSqlite,
  path: string,
  { waitMs, isReadonly = false }: Parameters<SqliteDriver['open']>[1],
): SqliteConnection {
  const database = named(() => new DatabaseSync(path, { readOnly: isReadonly }));
  named(() => database.exec(`PRAGMA busy_timeout = ${waitMs}`));
  return {
    exec: (sql) => named(() => database.exec(sql)),
    prepare(sql): SqliteStatement {
      const statement = named(() => database.prepare(sql));
      const bound = binderOf(sql);
      return {
        run: (parameters) => Number(named(() => statement.run(...bound(parameters))).changes),
        get: (parameters) => named(() => statement.get(...bound(parameters))),
        all: (parameters) => named(() => statement.all(...bound(parameters))),
      };
    },
    get isInTransaction() {
      return database.isTransaction;
    },
    close: () => database.close(),
  };
}

/** Node takes `?1` for a name, which is bound by an object. */
function binderOf(sql: string): (parameters: readonly SqliteValue[]) => readonly unknown[] {
  if (!/\?\d/.test(sql)) return (parameters) => parameters;
  return (parameters) => [Object.fromEntries(parameters.map((value, index) => [`?${index + 1}`, value]))];
}

function named<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    const number = error instanceof Error && 'errcode' in error ? Number(error.errcode) : Number.NaN;
    const code = EXTENDED_CODES[number] ?? CODES[number % 256];
    throw code === undefined ? error : Object.assign(error as Error, { code });
  }
}
