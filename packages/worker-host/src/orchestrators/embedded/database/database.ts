import Libsql from 'libsql';
import { type DataFiles, prepareDataFiles } from './data-directory.js';
import { DatabaseReplacedError } from './database-errors.js';
import { FileIdentity } from './file-identity.js';
import { migrate } from './migrate.js';
import { nameFailure } from './sqlite-failure.js';

/** One value of a row, or one parameter of a statement. */
export type SqlValue = string | number | null;
export type Row = Readonly<Record<string, SqlValue>>;

/** While opening, SQLite itself waits for locks of other processes. */
const OPENING_WAIT_MS = 10_000;
/** SQLite's own waiting blocks this process, so from then on it is short; `whenFree` does the rest of the waiting. */
const BLOCKING_WAIT_MS = 20;

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
  readonly #libsql: InstanceType<typeof Libsql>;
  readonly #statements = new Map<string, ReturnType<InstanceType<typeof Libsql>['prepare']>>();
  readonly #files: readonly FileIdentity[];
  #isInTransaction = false;
  #isSynced: boolean | null = null;
  #isOpen = true;

  private constructor(path: string, libsql: InstanceType<typeof Libsql>) {
    this.path = path;
    this.#libsql = libsql;
    this.#files = [new FileIdentity(path, true), new FileIdentity(`${path}-wal`, false)];
  }

  /**
   * Opens the file, makes it where there is none, and brings its schema up to date.
   *
   * @throws the errors of `database-errors.ts`
   */
  static open(files: DataFiles, openingWaitMs: number = OPENING_WAIT_MS): EmbeddedDatabase {
    const path = files.databasePath;
    prepareDataFiles(files);
    let libsql: InstanceType<typeof Libsql> | null = null;
    try {
      libsql = new Libsql(path, { timeout: openingWaitMs });
      if (isEmpty(libsql)) libsql.exec('PRAGMA auto_vacuum = INCREMENTAL');
      libsql.exec('PRAGMA journal_mode = WAL');
      libsql.exec('PRAGMA foreign_keys = ON');
      migrate(libsql, path);
      libsql.exec(`PRAGMA busy_timeout = ${BLOCKING_WAIT_MS}`);
      return new EmbeddedDatabase(path, libsql);
    } catch (error) {
      libsql?.close();
      throw nameFailure(error, path, openingWaitMs);
    }
  }

  /**
   * Returns how many rows were changed. Outside of a write it is a synced one of its own: a statement that met a lock by
   * itself would stay begun, and no later write could be committed.
   */
  run(sql: string, ...parameters: readonly SqlValue[]): number {
    return this.write(() => this.#statement(sql).run(parameters.map(withoutNul)).changes);
  }

  get(sql: string, ...parameters: readonly SqlValue[]): Row | null {
    return this.#named(() => (this.#statement(sql).get(parameters.map(withoutNul)) as Row | undefined) ?? null);
  }

  all(sql: string, ...parameters: readonly SqlValue[]): readonly Row[] {
    return this.#named(() => this.#statement(sql).all(parameters.map(withoutNul)) as readonly Row[]);
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

  /** Writes all of it, as it is at one moment, to a new file. Other processes go on meanwhile. */
  snapshot(path: string): void {
    this.#named(() => this.#libsql.prepare('VACUUM INTO ?').run([path]));
  }

  /** Writes the file anew without the room that deleted rows have left, which it gives back by itself from then on. */
  vacuum(): void {
    this.#named(() => this.#libsql.exec('PRAGMA auto_vacuum = INCREMENTAL; VACUUM; PRAGMA wal_checkpoint(TRUNCATE);'));
  }

  /** Safe to call twice. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#statements.clear();
    this.#libsql.close();
  }

  #transaction<T>(begin: string, act: () => T): T {
    this.#libsql.exec(begin);
    this.#isInTransaction = true;
    try {
      const result = act();
      this.#libsql.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#libsql.inTransaction) this.#libsql.exec('ROLLBACK');
      throw error;
    } finally {
      this.#isInTransaction = false;
    }
  }

  #sync(isSynced: boolean): void {
    if (this.#isSynced === isSynced) return;
    this.#libsql.exec(`PRAGMA synchronous = ${isSynced ? 'FULL' : 'NORMAL'}`);
    this.#isSynced = isSynced;
  }

  #statement(sql: string) {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#libsql.prepare(sql);
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
function isEmpty(libsql: InstanceType<typeof Libsql>): boolean {
  const [row] = libsql.pragma('page_count') as readonly Readonly<Record<string, number>>[];
  return row?.page_count === 0;
}

/** The library cuts a text at its first NUL when it reads it, so none is stored: what follows it is kept. */
function withoutNul(value: SqlValue): SqlValue {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '') : value;
}
