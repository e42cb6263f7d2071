import { accessSync, constants, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const IN_MEMORY = '/dev/shm';
const LEAST_FREE_BYTES = 1024 ** 3;

/**
 * Returns the folder for temporary files of tests: TMPDIR if it is set, else a file system in memory with enough room, else
 * the usual one. On a disk, tests of a database mostly wait for it, and few of them fit into the seconds of a mutant.
 */
export function temporaryRoot({
  environment = process.env,
  inMemory = IN_MEMORY,
  leastFreeBytes = LEAST_FREE_BYTES,
} = {}) {
  if (environment.TMPDIR) return environment.TMPDIR;
  try {
    accessSync(inMemory, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(inMemory);
    return bavail * bsize >= leastFreeBytes ? inMemory : tmpdir();
  } catch {
    return tmpdir();
  }
}
