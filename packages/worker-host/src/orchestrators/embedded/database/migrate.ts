import { DatabaseForeignError, DatabaseTooNewError } from './database-errors.js';
import { MIGRATIONS } from './migrations.js';
import type { SqliteConnection } from './sqlite-driver.js';

/** Marks the file as ours: `WHdb`. */
const APPLICATION_ID = 0x57486462;

/**
 * Brings the schema to the newest version, each step in a transaction of its own. Several processes may do it at once:
 * each step is done by one of them.
 *
 * @throws DatabaseTooNewError, DatabaseForeignError
 */
export function migrate(database: SqliteConnection, path: string, migrations: readonly string[] = MIGRATIONS): void {
  while (versionOf(database, path, migrations.length) < migrations.length) {
    database.exec('BEGIN IMMEDIATE');
    try {
      const version = versionOf(database, path, migrations.length);
      const step = migrations[version];
      if (step !== undefined) {
        database.exec(step);
        database.exec(`PRAGMA user_version = ${version + 1}`);
        database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
      }
      database.exec('COMMIT');
    } catch (error) {
      if (database.isInTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }
}

function versionOf(database: SqliteConnection, path: string, knownVersion: number): number {
  const version = numberOf(database, 'user_version');
  const isNew = version === 0 && numberOf(database, 'schema_version') === 0;
  if (!isNew && numberOf(database, 'application_id') !== APPLICATION_ID) throw new DatabaseForeignError(path);
  if (version > knownVersion) throw new DatabaseTooNewError(path, version, knownVersion);
  return version;
}

function numberOf(database: SqliteConnection, pragma: string): number {
  const row = database.prepare(`PRAGMA ${pragma}`).get([]) as Readonly<Record<string, number>> | undefined;
  return row?.[pragma] ?? 0;
}
