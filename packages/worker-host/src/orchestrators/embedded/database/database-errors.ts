import { WorkerError } from '@worker-host/core';

/** Another process held the database's write lock for longer than was waited. */
export class DatabaseLockedError extends WorkerError {
  readonly code = 'DATABASE_LOCKED';

  constructor(
    readonly path: string,
    waitedMs: number,
    options?: ErrorOptions,
  ) {
    super(
      `The database is locked by another process [file=${path}, waitedMs=${waitedMs}]. ` +
        'End the process that holds the lock, such as a copy or a shell with an open transaction. Nothing was changed.',
      { ...options, details: { path, waitedMs } },
    );
  }
}

/** The file is no SQLite database, or its content contradicts itself. */
export class DatabaseDamagedError extends WorkerError {
  readonly code = 'DATABASE_DAMAGED';

  constructor(path: string, options?: ErrorOptions) {
    super(
      `The database file is damaged, or is not an SQLite database [file=${path}]. Stop every worker, move the file with its ` +
        '-wal and -shm files away, and restore a backup, or what `sqlite3 FILE .recover` recovers. Without the file, a new one is created.',
      { ...options, details: { path } },
    );
  }
}

/** The database file was deleted or replaced while it was open. */
export class DatabaseReplacedError extends WorkerError {
  readonly code = 'DATABASE_REPLACED';

  constructor(path: string) {
    super(
      `The database file, or its journal, was deleted or replaced while this process used it [file=${path}]. ` +
        'This process no longer writes to it. Stop every worker before restoring a backup; then start them again.',
      { details: { path } },
    );
  }
}

/** A row of the database holds something else than this program writes there. */
export class RowUnreadableError extends WorkerError {
  readonly code = 'DATABASE_ROW_UNREADABLE';

  constructor(expected: string, options?: ErrorOptions) {
    super(
      `A row of the database cannot be read: expected ${expected}. Another program wrote it. ` +
        'Delete the run, deployment, pool or variable it belongs to, or restore a backup of the database.',
      { ...options, details: { expected } },
    );
  }
}

/** No room is left on the disk, so nothing can be written. */
export class DiskFullError extends WorkerError {
  readonly code = 'DISK_FULL';

  constructor(path: string, options?: ErrorOptions) {
    super(`The disk is full: the database cannot be written [file=${path}]. Free disk space. Earlier data is intact.`, {
      ...options,
      details: { path },
    });
  }
}

/** The operating system refused to read or write the file. */
export class DatabaseIoError extends WorkerError {
  readonly code = 'DATABASE_IO_FAILED';

  constructor(path: string, sqliteCode: string, options?: ErrorOptions) {
    super(`The database file cannot be read or written [file=${path}, sqlite=${sqliteCode}]. Check disk and mount.`, {
      ...options,
      details: { path, sqliteCode },
    });
  }
}

/** @param reason the text of the system's error, which begins with its code. */
function remedyFor(reason: string): string {
  const [code = ''] = reason.split(':');
  if (['EEXIST', 'ENOTDIR', 'EISDIR'].includes(code)) return 'Move away what is in its place';
  return code === 'EROFS' ? 'Mount its file system writable' : 'Mend its permissions';
}

/** The data directory or the database file cannot be made, or not be written to. */
export class DataDirectoryUnusableError extends WorkerError {
  readonly code = 'DATA_DIRECTORY_UNUSABLE';

  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(
      `The data directory cannot be used [path=${path}]: ${reason}. ` +
        `${remedyFor(reason)}, or choose another directory with --home or WORKER_HOST_HOME.`,
      { ...options, details: { path, reason } },
    );
  }
}

/** A newer version of this program has changed the database. */
export class DatabaseTooNewError extends WorkerError {
  readonly code = 'DATABASE_TOO_NEW';

  constructor(path: string, version: number, knownVersion: number) {
    super(
      `The database was migrated by a newer worker-host [file=${path}, version=${version}, known=${knownVersion}]. ` +
        'Upgrade this one, or choose another directory with --home.',
      { details: { path, version, knownVersion } },
    );
  }
}

/** The file is a sound SQLite database that belongs to another program. */
export class DatabaseForeignError extends WorkerError {
  readonly code = 'DATABASE_FOREIGN';

  constructor(path: string) {
    super(
      `The file is a database of another program [file=${path}]. Move it away, or choose another directory with --home.`,
      { details: { path } },
    );
  }
}

/** True for a failure of the database itself, whatever was written. */
export function isDatabaseFailure(error: unknown): boolean {
  return [DatabaseLockedError, DatabaseDamagedError, DiskFullError, DatabaseIoError, DataDirectoryUnusableError].some(
    (failure) => error instanceof failure,
  );
}
