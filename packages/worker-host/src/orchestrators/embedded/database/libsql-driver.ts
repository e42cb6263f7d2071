import { existsSync } from 'node:fs';
import Libsql from 'libsql';
import type { SqliteConnection, SqliteDriver, SqliteStatement } from './sqlite-driver.js';

/** The driver of every supported version of Node. */
export const libsqlDriver: SqliteDriver = {
  name: 'libsql',
  open(path, { waitMs, isReadonly = false }): SqliteConnection {
    // The library refuses neither a file that does not exist nor writes, whatever its options say.
    if (isReadonly && !existsSync(path))
      throw Object.assign(new Error(`unable to open ${path}`), { code: 'SQLITE_CANTOPEN' });
    const database = new Libsql(path, { timeout: waitMs });
    if (isReadonly) database.exec('PRAGMA query_only = ON');
    return {
      exec: (sql) => void database.exec(sql),
      prepare(sql): SqliteStatement {
        const statement = database.prepare(sql);
        return {
          run: (parameters) => statement.run(parameters.map(withoutNul)).changes,
          get: (parameters) => statement.get(parameters.map(withoutNul)),
          all: (parameters) => statement.all(parameters.map(withoutNul)) as readonly unknown[],
        };
      },
      get isInTransaction() {
        return database.inTransaction;
      },
      close: () => void database.close(),
    };
  },
};

/** The library cuts a text at its first NUL when it reads it, so none is stored: what follows it is kept. */
function withoutNul<Value>(value: Value | string): Value | string {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '') : value;
}
