import { accessSync, constants, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Finding, isWorkerError } from '@worker-host/core';
import { SettingsInvalidError } from '../../../configuration/configuration-errors.js';
import { describeUnknownVariable, unknownVariables } from '../../../configuration/unknown-variables.js';
import { dataFilesOf, directoryWarning } from '../../../orchestrators/embedded/database/data-directory.js';

/** The oldest major version of Node that gets fixes, and that the AWS SDK supports from January 2027 on. */
const OLDEST_MAINTAINED_NODE = 22;
const LITTLE_DISK_BYTES = 200 * 1024 * 1024;

/** @param version as `process.version` */
export function checkNode(version: string): Finding {
  const major = Number.parseInt(version.slice(1), 10);
  const check = 'Node';
  if (major >= OLDEST_MAINTAINED_NODE) return { check, status: 'ok', found: `${version}.`, fix: '' };
  const found = `${version} is past its end of life, and the AWS SDK stops supporting it in January 2027.`;
  return { check, status: 'warning', found, fix: `Use Node ${OLDEST_MAINTAINED_NODE} or newer.` };
}

/** Variables of the environment that look like settings and are none. */
export function checkVariables(
  environment: Readonly<Record<string, string | undefined>>,
  ofPlugins: readonly string[] | null,
): readonly Finding[] {
  const unknown = unknownVariables(environment, ofPlugins);
  if (unknown.length === 0) return [{ check: 'settings', status: 'ok', found: 'All settings are valid.', fix: '' }];
  return unknown.map((variable) => ({
    check: 'settings',
    status: 'warning',
    found: `${describeUnknownVariable(variable)}.`.replace('?.', '?'),
    fix: variable.nearest === null ? `Unset ${variable.name}.` : `Rename it to ${variable.nearest}.`,
  }));
}

/** What is wrong with settings that cannot be read. @throws what is no such error */
export function findingsOfSettings(error: unknown): readonly Finding[] {
  if (error instanceof SettingsInvalidError)
    return error.problems.map(({ where, expected, found }) => ({
      check: 'settings',
      status: 'failed',
      found: `${where}: expected ${expected}, found ${found}.`,
      fix: `Correct ${where}.`,
    }));
  if (!isWorkerError(error)) throw error;
  return [{ check: 'settings', status: 'failed', found: error.message, fix: 'Correct the file, or pass another one.' }];
}

/** The data directory of the embedded pool: that it can be used, and has room. Makes nothing. */
export function checkHome(home: string): readonly Finding[] {
  const check = 'data directory';
  /** Path that is checked: the database, the directory, or the one that it would be created in. */
  let subject = home;
  let exists: boolean;
  try {
    exists = statSync(home, { throwIfNoEntry: false }) !== undefined;
    subject = exists ? home : existingAncestor(home);
    if (!statSync(subject).isDirectory()) return [notDirectory(home, subject)];
    accessSync(subject, constants.R_OK | constants.W_OK | constants.X_OK);
    const { databasePath } = dataFilesOf(home);
    if (statSync(databasePath, { throwIfNoEntry: false }) !== undefined) {
      subject = databasePath;
      accessSync(databasePath, constants.R_OK | constants.W_OK);
    }
  } catch (error) {
    return [unusableHome(home, subject, error)];
  }
  const { bavail, bsize } = statfsSync(subject);
  const freeBytes = bavail * bsize;
  const room = `${Math.floor(freeBytes / 1024 / 1024)} MiB are free`;
  const where = exists ? home : `${home} does not exist yet and can be created`;
  const finding: Finding =
    freeBytes < LITTLE_DISK_BYTES
      ? {
          check,
          status: 'warning',
          found: `${where}: only ${room}.`,
          fix: 'Free some space; a full disk stops the pool.',
        }
      : { check, status: 'ok', found: `${where}; ${room}.`, fix: '' };
  if (!exists || directoryWarning(home) === null) return [finding];
  return [
    finding,
    { check, status: 'warning', found: `Other users can write to ${home}.`, fix: `Run: chmod 700 ${home}` },
  ];
}

const OTHER_HOME = 'Choose another directory with --home or WORKER_HOST_HOME';

function notDirectory(home: string, file: string): Finding {
  return {
    check: 'data directory',
    status: 'failed',
    found: `${home} cannot be used: ${file} is not a directory.`,
    fix: `${OTHER_HOME}.`,
  };
}

/**
 * A data directory that the operating system does not let us use.
 *
 * @param subject the database, the directory, or the one that it would be created in
 */
export function unusableHome(home: string, subject: string, error: unknown): Finding {
  const { code = '', message } = error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error) };
  const mends: Readonly<Record<string, string>> = {
    EACCES: `sudo mkdir -p ${home} && sudo chown -R "$(id -u)" ${home} && chmod -R u+rwX ${home}`,
    EROFS: `sudo mount -o remount,rw "$(df --output=target ${subject} | tail -n 1)"`,
  };
  const mend = mends[code];
  return {
    check: 'data directory',
    status: 'failed',
    found: `${home} cannot be used: ${message}.`,
    fix: mend === undefined ? `${OTHER_HOME}.` : `${OTHER_HOME}, or run: ${mend}`,
  };
}

function existingAncestor(path: string): string {
  const parent = dirname(path);
  const isThere = parent === path || statSync(parent, { throwIfNoEntry: false }) !== undefined;
  return isThere ? parent : existingAncestor(parent);
}
