import { createHash, createHmac, randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DataDirectoryUnusableError } from '../database/database-errors.js';
import { SecretKeyWeakError } from '../embedded-errors.js';

const KEY_BYTES = 32;
const LEAST_CHARACTERS = 16;
const LEAST_DISTINCT = 6;

/**
 * Derives the key from a passphrase, such as WORKER_HOST_SECRET_KEY. It should be long and random: it is hashed once.
 *
 * @throws SecretKeyWeakError
 */
export function keyOfText(text: string): Buffer {
  if (text.length < LEAST_CHARACTERS || new Set(text).size < LEAST_DISTINCT) {
    throw new SecretKeyWeakError(
      'WORKER_HOST_SECRET_KEY',
      `it needs ${LEAST_CHARACTERS} characters, ${LEAST_DISTINCT} of them distinct`,
    );
  }
  return createHash('sha256').update(text).digest();
}

/** Identifies a key without revealing it. */
export function fingerprintOf(key: Buffer): string {
  return createHmac('sha256', key).update('worker-host secret key').digest('hex').slice(0, 32);
}

/**
 * Reads the key file; null: it does not exist. It must be a regular file, not a link. Once its content is known to be a key,
 * permissions of others are removed.
 *
 * @throws DataDirectoryUnusableError, SecretKeyWeakError
 */
export function readKeyFile(path: string): Buffer | null {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    if (codeOf(error) === 'ELOOP' || codeOf(error) === 'EMLINK')
      throw new DataDirectoryUnusableError(path, 'the key file is a symbolic link; move the file itself there');
    throw new DataDirectoryUnusableError(path, 'the key file cannot be read', { cause: error });
  }
  try {
    const facts = fstatSync(file);
    if (!facts.isFile() || facts.size !== KEY_BYTES)
      throw new DataDirectoryUnusableError(path, `the key file does not contain ${KEY_BYTES} bytes; restore it`);
    const key = Buffer.alloc(KEY_BYTES);
    readSync(file, key, 0, KEY_BYTES, 0);
    if (new Set(key).size < LEAST_DISTINCT) throw new SecretKeyWeakError(path, 'its bytes are not random');
    if ((facts.mode & 0o077) !== 0) fchmodSync(file, 0o600);
    return key;
  } finally {
    closeSync(file);
  }
}

/** Creates a key file atomically; of several processes the first one's key is used. */
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
  if (key === null) throw new DataDirectoryUnusableError(path, 'the key file disappeared');
  return key;
}

/** Creates a draft next to the key file, which a rotation renames over it. An existing draft is overwritten. */
export function draftKeyFile(path: string): Buffer {
  const draft = draftOf(path);
  try {
    rmSync(draft, { force: true });
    writeFileSync(draft, randomBytes(KEY_BYTES), { flag: 'wx', mode: 0o600, flush: true });
    syncDirectory(dirname(path));
  } catch (error) {
    throw new DataDirectoryUnusableError(draft, 'the new key file cannot be written', { cause: error });
  }
  const key = readKeyFile(draft);
  if (key === null) throw new DataDirectoryUnusableError(draft, 'the new key file disappeared');
  return key;
}

/**
 * Makes the draft the key file.
 *
 * @param fingerprint of the expected key; a draft of another key is kept. @returns the key; null: there is no such draft.
 */
export function adoptKeyFile(path: string, fingerprint: string): Buffer | null {
  const key = readKeyFile(draftOf(path));
  if (key === null || fingerprintOf(key) !== fingerprint) return null;
  try {
    renameSync(draftOf(path), path);
  } catch (error) {
    // Another process has just renamed it.
    if (codeOf(error) !== 'ENOENT')
      throw new DataDirectoryUnusableError(path, 'the key file cannot be replaced', { cause: error });
  }
  return key;
}

/** Syncs the directory, so that the file name survives a power failure. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function draftOf(path: string): string {
  return `${path}.new`;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}
