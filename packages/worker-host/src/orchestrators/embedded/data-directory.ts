import { accessSync, closeSync, constants, mkdirSync, openSync } from 'node:fs';
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
    closeSync(openSync(files.databasePath, 'a', 0o600));
  } catch (error) {
    throw new DataDirectoryUnusableError(files.directory, error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}
