import { chmodSync, constants, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type DataFiles, dataFilesOf } from '../database/data-directory.js';
import { DataDirectoryUnusableError } from '../database/database-errors.js';
import { BackupDamagedError, BackupTargetError } from '../embedded-errors.js';
import { syncDirectory } from '../variables-and-secrets/secret-key.js';
import { checkDatabase, type DatabaseReport } from './database-check.js';

export interface BackupOptions {
  /** True: the key file is copied as well. The backup alone then reveals the secrets. */
  readonly withKey: boolean;
  readonly secretKey: string | null;
}

/**
 * Copies a snapshot of the data of the embedded pool into a directory that is created, or empty. Workers continue meanwhile.
 * The copy gets its final name only after it was checked.
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

/** Returns the contents and problems of a backup. Changes nothing. @throws BackupTargetError if there is none. */
export function checkBackup(directory: string, secretKey: string | null): DatabaseReport {
  const files = dataFilesOf(directory);
  assertBackup(files);
  return checkDatabase(files, secretKey);
}

/**
 * Restores a backup into a data directory without a database. An existing key file is kept.
 *
 * @throws BackupTargetError if there is a database; BackupDamagedError if the backup is damaged.
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
