import { accessSync, closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DataDirectoryUnusableError } from './database-errors.js';

/** The files of the embedded pool. */
export interface DataFiles {
  readonly directory: string;
  readonly databasePath: string;
  /** Holds the key that secrets are encrypted with, unless the environment gives one. Made with the first secret. */
  readonly secretKeyPath: string;
}

/** Where the files lie in a data directory. */
export function dataFilesOf(home: string): DataFiles {
  return {
    directory: home,
    databasePath: join(home, 'worker-host.db'),
    secretKeyPath: join(home, 'secret.key'),
  };
}

/**
 * Makes the directory and an empty database file where they are missing, for the user alone (0700, 0600).
 *
 * @throws DataDirectoryUnusableError
 */
export function prepareDataFiles(files: DataFiles): void {
  try {
    mkdirSync(files.directory, { recursive: true, mode: 0o700 });
    accessSync(files.directory, constants.W_OK | constants.X_OK);
    makeFile(files.databasePath);
    for (const beside of ['-wal', '-shm']) assertNoLink(`${files.databasePath}${beside}`);
  } catch (error) {
    throw new DataDirectoryUnusableError(files.directory, error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

/** Creates an empty file where there is none. Does not follow links: the target may belong to another user. */
function makeFile(path: string): void {
  const { O_CREAT, O_WRONLY, O_APPEND, O_NOFOLLOW, O_NONBLOCK } = constants;
  let file: number;
  try {
    file = openSync(path, O_CREAT | O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK, 0o600);
  } catch (error) {
    assertNoLink(path);
    throw error;
  }
  try {
    if (!fstatSync(file).isFile()) throw new Error(`${path} is not a file`);
  } finally {
    closeSync(file);
  }
}

function assertNoLink(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new Error(`${path} is a symbolic link; move the file itself there, or pass its directory with --home`);
  }
}

/** What a person should know of the directory: others may replace what is in it. Null: nothing. */
export function directoryWarning(directory: string): string | null {
  const { mode } = statSync(directory);
  const isOpen = (mode & 0o022) !== 0 && (mode & 0o1000) === 0;
  if (!isOpen) return null;
  const rights = (mode & 0o777).toString(8).padStart(4, '0');
  return `Other users can write to the data directory ${directory} [mode=${rights}], and could replace the database or its key. Run: chmod 700 ${directory}`;
}
