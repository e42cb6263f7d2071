import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Libsql from 'libsql';
import {
  DatabaseDamagedError,
  DatabaseLockedError,
  DatabaseTooNewError,
  DataDirectoryError,
  DiskFullError,
} from './embedded-errors.js';
import { MIGRATIONS } from './migrations.js';

const FILE_NAME = 'worker-host.db';
const LOCK_PATIENCE_MS = 5000;

/** One value of a row, or one parameter of a statement. */
export type SqlValue = string | number | null | Uint8Array;
export type Row = Readonly<Record<string, SqlValue>>;

interface Statement {
  run(...parameters: readonly SqlValue[]): { readonly changes: number };
  get(...parameters: readonly SqlValue[]): Row | undefined;
  all(...parameters: readonly SqlValue[]): Row[];
}

/**
 * The database file of the embedded pool: prepared statements are kept, writes go in immediate transactions, failures
 * become errors of ours.
 *
 * WAL with `synchronous = NORMAL`: a killed process loses nothing. A power cut may lose the last moments, which is safe:
 * a lost claim is claimed again with the same attempt number, and so gives the same launch.
 */
export class EmbeddedDatabase {
  readonly #database: InstanceType<typeof Libsql>;
  readonly #statements = new Map<string, Statement>();
  #isOpen = true;

  private constructor(
    readonly path: string,
    database: InstanceType<typeof Libsql>,
  ) {
    this.#database = database;
  }

  /** Opens, or makes, the database under this folder. */
  static open(home: string, lockPatienceMs: number = LOCK_PATIENCE_MS): EmbeddedDatabase {
    const path = join(home, FILE_NAME);
    try {
      mkdirSync(home, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new DataDirectoryError(home, reasonOf(error), { cause: error });
    }
    let database: EmbeddedDatabase;
    try {
      database = new EmbeddedDatabase(path, new Libsql(path, { timeout: lockPatienceMs }));
    } catch (error) {
      throw new DataDirectoryError(home, reasonOf(error), { cause: error });
    }
    try {
      database.guarded(() => {
        database.#database.pragma('journal_mode = WAL');
        database.#database.pragma('synchronous = NORMAL');
        database.#database.pragma('foreign_keys = ON');
      });
      database.#migrate();
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  run(sql: string, ...parameters: readonly SqlValue[]): number {
    return this.guarded(() => this.#statement(sql).run(...parameters).changes);
  }

  get(sql: string, ...parameters: readonly SqlValue[]): Row | null {
    return this.guarded(() => this.#statement(sql).get(...parameters) ?? null);
  }

  all(sql: string, ...parameters: readonly SqlValue[]): readonly Row[] {
    return this.guarded(() => this.#statement(sql).all(...parameters));
  }

  /** Does all of it or nothing, with the write lock held from the beginning. */
  write<T>(act: () => T): T {
    return this.guarded(() => {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        const result = act();
        this.#database.exec('COMMIT');
        return result;
      } catch (error) {
        if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  /** Changes when another connection has written. */
  dataVersion(): number {
    return this.guarded(() => {
      const [row] = this.#database.pragma('data_version') as readonly { readonly data_version: number }[];
      return row?.data_version ?? 0;
    });
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#database.close();
  }

  #statement(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql) as unknown as Statement;
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #migrate(): void {
    if (this.#schemaVersion() === MIGRATIONS.length) return;
    this.write(() => {
      const version = this.#schemaVersion();
      if (version > MIGRATIONS.length) throw new DatabaseTooNewError(this.path, version, MIGRATIONS.length);
      for (const step of MIGRATIONS.slice(version)) this.#database.exec(step);
      this.#database.pragma(`user_version = ${MIGRATIONS.length}`);
    });
  }

  #schemaVersion(): number {
    return this.guarded(() => {
      const [row] = this.#database.pragma('user_version') as readonly { readonly user_version: number }[];
      return row?.user_version ?? 0;
    });
  }

  private guarded<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw this.#named(error);
    }
  }

  #named(error: unknown): unknown {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
      return new DatabaseLockedError(this.path, LOCK_PATIENCE_MS, { cause: error });
    }
    if (code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_NOTADB')) {
      return new DatabaseDamagedError(this.path, { cause: error });
    }
    if (code.startsWith('SQLITE_FULL')) return new DiskFullError(this.path, { cause: error });
    if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN')) {
      return new DataDirectoryError(this.path, reasonOf(error), { cause: error });
    }
    return error;
  }
}

/** True for the breach of a UNIQUE rule. */
export function isUniqueBreach(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY';
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
