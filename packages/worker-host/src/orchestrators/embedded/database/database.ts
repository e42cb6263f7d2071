import { type DataFiles, prepareDataFiles } from './data-directory.js';
import { DatabaseReplacedError } from './database-errors.js';
import { FileIdentity } from './file-identity.js';
import { libsqlDriver } from './libsql-driver.js';
import { migrate } from './migrate.js';
import type { SqliteConnection, SqliteDriver, SqliteStatement, SqliteValue } from './sqlite-driver.js';
import { nameFailure } from './sqlite-failure.js';

/** One value of a row, or one parameter of a statement. */
export type SqlValue = SqliteValue;
export type Row = Readonly<Record<string, SqlValue>>;

/** While opening, SQLite itself waits for locks of other processes. */
const OPENING_WAIT_MS = 10_000;
/** SQLite's own waiting blocks this process, so from then on it is short; `whenFree` does the rest of the waiting. */
const BLOCKING_WAIT_MS = 20;
/** Pages that a connection keeps at most: what a group of writes touches in a file of a million runs, which 2 MB do not hold. */
const CACHE_KIB = 16_384;
/** Pages of the log after which they are written to the file: pages that many writes change are written once for all of them. */
const CHECKPOINT_PAGES = 4000;

export interface WriteOptions {
  /**
   * True (the default): on the disk before the call returns. False: a killed process loses nothing, a power cut loses
   * it unless a synced write came after it.
   */
  readonly isSynced?: boolean;
}

/**
 * The database file of the embedded pool, in WAL mode. Prepared statements are kept, writes go in immediate
 * transactions, failures become errors of ours. Everything is synchronous, so no transaction is open across an `await`.
 */
export class EmbeddedDatabase {
  readonly path: string;
  readonly #connection: SqliteConnection;
  readonly #statements = new Map<string, SqliteStatement>();
  readonly #files: readonly FileIdentity[];
  #isInTransaction = false;
  #isSynced: boolean | null = null;
  #isOpen = true;

  private constructor(path: string, connection: SqliteConnection) {
    this.path = path;
    this.#connection = connection;
    this.#files = [new FileIdentity(path, true), new FileIdentity(`${path}-wal`, false)];
  }

  /**
   * Opens the file, makes it where there is none, and brings its schema up to date.
   *
   * @throws the errors of `database-errors.ts`
   */
  static open(
    files: DataFiles,
    openingWaitMs: number = OPENING_WAIT_MS,
    driver: SqliteDriver = libsqlDriver,
  ): EmbeddedDatabase {
    const path = files.databasePath;
    prepareDataFiles(files);
    let connection: SqliteConnection | null = null;
    try {
      connection = driver.open(path, { waitMs: openingWaitMs });
      if (isEmpty(connection)) connection.exec('PRAGMA auto_vacuum = INCREMENTAL');
      connection.exec('PRAGMA journal_mode = WAL');
      connection.exec('PRAGMA foreign_keys = ON');
      connection.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
      connection.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
      migrate(connection, path);
      connection.exec(`PRAGMA busy_timeout = ${BLOCKING_WAIT_MS}`);
      return new EmbeddedDatabase(path, connection);
    } catch (error) {
      connection?.close();
      throw nameFailure(error, path, openingWaitMs);
    }
  }

  /**
   * Returns how many rows were changed. Outside of a write it is a synced one of its own: a statement that met a lock by
   * itself would stay begun, and no later write could be committed.
   */
  run(sql: string, ...parameters: readonly SqlValue[]): number {
    return this.write(() => this.#statement(sql).run(parameters));
  }

  get(sql: string, ...parameters: readonly SqlValue[]): Row | null {
    return this.#named(() => (this.#statement(sql).get(parameters) as Row | undefined) ?? null);
  }

  all(sql: string, ...parameters: readonly SqlValue[]): readonly Row[] {
    return this.#named(() => this.#statement(sql).all(parameters) as readonly Row[]);
  }

  /**
   * Does all of it or nothing, with the write lock held from the beginning, so that what was read stays true.
   * Within another write it is a part of that one.
   */
  write<T>(act: () => T, { isSynced = true }: WriteOptions = {}): T {
    if (this.#isInTransaction) return act();
    return this.#named(() => {
      this.assertPresent();
      this.#sync(isSynced);
      return this.#transaction('BEGIN IMMEDIATE', act);
    });
  }

  /** @throws DatabaseReplacedError where the file has been deleted or replaced since it was opened */
  assertPresent(): void {
    if (this.#files.some(({ isReplaced }) => isReplaced)) throw new DatabaseReplacedError(this.path);
  }

  /** Reads all of it from one snapshot. */
  read<T>(act: () => T): T {
    return this.#isInTransaction ? act() : this.#named(() => this.#transaction('BEGIN', act));
  }

  /** Changes when another connection has written. Costs microseconds. */
  dataVersion(): number {
    return Number(this.get('PRAGMA data_version')?.data_version ?? 0);
  }

  /** Writes all of it, as it is at one moment, to a new file. Other processes continue meanwhile. */
  snapshot(path: string): void {
    this.#named(() => this.#connection.prepare('VACUUM INTO ?').run([path]));
  }

  /** Writes the file again without the room that deleted rows have left, which it gives back by itself from then on. */
  vacuum(): void {
    this.#named(() =>
      this.#connection.exec('PRAGMA auto_vacuum = INCREMENTAL; VACUUM; PRAGMA wal_checkpoint(TRUNCATE);'),
    );
  }

  /** Safe to call twice. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#statements.clear();
    this.#connection.close();
  }

  #transaction<T>(begin: string, act: () => T): T {
    this.#connection.exec(begin);
    this.#isInTransaction = true;
    try {
      const result = act();
      this.#connection.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#connection.isInTransaction) this.#connection.exec('ROLLBACK');
      throw error;
    } finally {
      this.#isInTransaction = false;
    }
  }

  #sync(isSynced: boolean): void {
    if (this.#isSynced === isSynced) return;
    this.#connection.exec(`PRAGMA synchronous = ${isSynced ? 'FULL' : 'NORMAL'}`);
    this.#isSynced = isSynced;
  }

  #statement(sql: string): SqliteStatement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #named<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw nameFailure(error, this.path, BLOCKING_WAIT_MS);
    }
  }
}

/** True for a new file, the only one in which how it shrinks can be chosen without writing it anew. */
function isEmpty(connection: SqliteConnection): boolean {
  const row = connection.prepare('PRAGMA page_count').get([]) as Row | undefined;
  return row?.page_count === 0;
}
