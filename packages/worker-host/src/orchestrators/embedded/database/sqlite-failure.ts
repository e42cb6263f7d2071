import {
  DatabaseDamagedError,
  DatabaseIoError,
  DatabaseLockedError,
  DataDirectoryUnusableError,
  DiskFullError,
} from './database-errors.js';

/** SQLite's own code of a failure, extended ones included (`SQLITE_BUSY_SNAPSHOT`); empty: it is no failure of SQLite. */
function sqliteCodeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** True: another connection is in the way, which passes by itself. */
function isBusy(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED)/.test(sqliteCodeOf(error));
}

/** True for a row that breaks a UNIQUE rule. */
export function isUniqueBreach(error: unknown): boolean {
  return /^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)$/.test(sqliteCodeOf(error));
}

/** The error of ours that a failure of SQLite stands for; anything else as it is. */
export function nameFailure(error: unknown, path: string, waitedMs: number): unknown {
  const code = sqliteCodeOf(error);
  const cause = { cause: error };
  if (isBusy(error)) return new DatabaseLockedError(path, waitedMs, cause);
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code) || code === 'SQLITE_IOERR_SHORT_READ')
    return new DatabaseDamagedError(path, cause);
  if (code === 'SQLITE_FULL') return new DiskFullError(path, cause);
  if (/^SQLITE_(READONLY|CANTOPEN|PERM)/.test(code) || isOpenFailure(error))
    return new DataDirectoryUnusableError(path, reasonOf(error), cause);
  if (/^SQLITE_(IOERR|PROTOCOL)/.test(code)) return new DatabaseIoError(path, code, cause);
  return error;
}

/** A failure to open comes without a code. */
function isOpenFailure(error: unknown): boolean {
  return error instanceof Error && /ConnectionFailed|unable to open/i.test(error.message);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
