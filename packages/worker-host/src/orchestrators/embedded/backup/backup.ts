import { chmodSync, constants, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type DataFiles, dataFilesOf } from '../database/data-directory.js';
import { DataDirectoryUnusableError } from '../database/database-errors.js';
import { BackupDamagedError, BackupTargetError } from '../embedded-errors.js';
import { syncDirectory } from '../variables-and-secrets/secret-key.js';
import { checkDatabase, type DatabaseReport } from './database-check.js';

export interface BackupOptions {
  /** The key file is copied as well: then the copy alone gives away the secrets. */
  readonly withKey: boolean;
  readonly secretKey: string | null;
}

/**
 * Copies the data of the embedded pool, as it is at one moment, into a directory that is created, or empty. Workers continue meanwhile.
 * The copy has its name only once it was checked.
 *
 * @param snapshot writes the database to a file.
 * @throws BackupTargetError, BackupDamagedError, DataDirectoryUnusableError
 */
export function backUp(
  from: DataFiles,
  to: string,
  snapshot: (path: string) => void,
  options: BackupOptions,
): DatabaseReport {
  const files = dataFilesOf(to);
  if (existsSync(to) && readdirSync(to).length > 0) throw new BackupTargetError(to, 'it is not empty');
  const draft = { ...files, databasePath: `${files.databasePath}.partial` };
  makeDirectory(to);
  try {
    snapshot(draft.databasePath);
    chmodSync(draft.databasePath, 0o600);
    if (options.withKey && existsSync(from.secretKeyPath)) copyKey(from, files);
    const report = checkDatabase({ ...draft, secretKeyPath: from.secretKeyPath }, options.secretKey);
    if (report.problems.length > 0) throw new BackupDamagedError(to, report.problems);
    renameSync(draft.databasePath, files.databasePath);
    syncDirectory(to);
    return { ...report, path: files.databasePath };
  } catch (error) {
    for (const path of [draft.databasePath, files.secretKeyPath]) rmSync(path, { force: true });
    throw error;
  }
}

/** What a backup holds, and what is wrong with it. Nothing is changed. @throws BackupTargetError where there is none. */
export function checkBackup(directory: string, secretKey: string | null): DatabaseReport {
  const files = dataFilesOf(directory);
  assertBackup(files);
  return checkDatabase(files, secretKey);
}

/**
 * Puts a backup into a data directory that has no database. A key file that is there stays.
 *
 * @throws BackupTargetError where there is a database; BackupDamagedError where the backup is not sound.
 */
export function restore(from: string, to: DataFiles, secretKey: string | null): DatabaseReport {
  const source = dataFilesOf(from);
  if (existsSync(to.databasePath))
    throw new BackupTargetError(to.directory, 'it contains a database; move that and the files next to it away');
  const keyPath = existsSync(to.secretKeyPath) ? to.secretKeyPath : source.secretKeyPath;
  assertBackup(source);
  const report = checkDatabase({ ...source, secretKeyPath: keyPath }, secretKey);
  if (report.problems.length > 0) throw new BackupDamagedError(from, report.problems);
  makeDirectory(to.directory);
  const draft = `${to.databasePath}.partial`;
  copyFileSync(source.databasePath, draft);
  chmodSync(draft, 0o600);
  if (keyPath === source.secretKeyPath && existsSync(keyPath)) copyKey(source, to);
  renameSync(draft, to.databasePath);
  syncDirectory(to.directory);
  return { ...report, path: to.databasePath };
}

function assertBackup({ databasePath, directory }: DataFiles): void {
  if (!existsSync(databasePath)) throw new BackupTargetError(directory, `it contains no ${basename(databasePath)}`);
}

function copyKey(from: DataFiles, to: DataFiles): void {
  copyFileSync(from.secretKeyPath, to.secretKeyPath, constants.COPYFILE_EXCL);
  chmodSync(to.secretKeyPath, 0o600);
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new DataDirectoryUnusableError(dirname(path), `${path} cannot be created`, { cause: error });
  }
}
