import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { DataDirectoryUnusableError } from './database-errors.js';

const KEY_BYTES = 32;

/** The key of a passphrase, as WORKER_HOST_SECRET_KEY gives it. It should be long and random: it is hashed once. */
export function keyOfText(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/**
 * The key in a file; null: there is no such file. Rights of others are taken from the file.
 *
 * @throws DataDirectoryUnusableError
 */
export function readKeyFile(path: string): Buffer | null {
  try {
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
    const key = readFileSync(path);
    if (key.length === KEY_BYTES) return key;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw new DataDirectoryUnusableError(path, 'the key file cannot be read', { cause: error });
  }
  throw new DataDirectoryUnusableError(path, `the key file does not hold ${KEY_BYTES} bytes; restore it`);
}

/** Makes a key file, whole or not at all; of several processes the first one's key counts. */
export function makeKeyFile(path: string): Buffer {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(draft, randomBytes(KEY_BYTES), { flag: 'wx', mode: 0o600, flush: true });
    linkSync(draft, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST')
      throw new DataDirectoryUnusableError(path, 'the key file cannot be written', { cause: error });
  } finally {
    rmSync(draft, { force: true });
  }
  const key = readKeyFile(path);
  if (key === null) throw new DataDirectoryUnusableError(path, 'the key file has vanished');
  return key;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}
