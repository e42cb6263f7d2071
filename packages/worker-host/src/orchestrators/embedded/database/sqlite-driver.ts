/** A value of a row, or a parameter of a statement, as SQLite has it. */
export type SqliteValue = string | number | null;

/** A prepared statement. Parameters are those of `?` and `?1`, in their order. */
export interface SqliteStatement {
  /** Returns how many rows were changed. */
  run(parameters: readonly SqliteValue[]): number;
  /** Undefined: no row. */
  get(parameters: readonly SqliteValue[]): unknown;
  all(parameters: readonly SqliteValue[]): readonly unknown[];
}

/** A connection to an SQLite file. Its failures have SQLite's own code as `code`, such as `SQLITE_BUSY_SNAPSHOT`. */
export interface SqliteConnection {
  /** Runs statements, whose rows are dropped. */
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  /** False also after a failure that has rolled back. */
  readonly isInTransaction: boolean;
  close(): void;
}

/** A library that opens SQLite files. */
export interface SqliteDriver {
  readonly name: string;
  /**
   * @param options `waitMs`: how long statements wait for locks of other processes, blocking this one. `isReadonly`: nothing is
   * written, and a file that does not exist is a failure. Default: false.
   */
  open(path: string, options: { readonly waitMs: number; readonly isReadonly?: boolean }): SqliteConnection;
}
