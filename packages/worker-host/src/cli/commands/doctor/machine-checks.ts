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
  try {
    const stats = statSync(home, { throwIfNoEntry: false });
    if (stats === undefined) {
      accessSync(existingAncestor(home), constants.W_OK | constants.X_OK);
      return [{ check, status: 'ok', found: `${home} does not exist yet and can be created.`, fix: '' }];
    }
    if (!stats.isDirectory()) throw new Error(`${home} is not a directory`);
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK);
    const { databasePath } = dataFilesOf(home);
    if (statSync(databasePath, { throwIfNoEntry: false }) !== undefined)
      accessSync(databasePath, constants.R_OK | constants.W_OK);
  } catch (error) {
    const found = `${home} cannot be used: ${error instanceof Error ? error.message : String(error)}.`;
    const fix = `Choose another directory with --home or WORKER_HOST_HOME, or run: chown -R "$(id -u)" ${home} && chmod -R u+rwX ${home}`;
    return [{ check, status: 'failed', found, fix }];
  }
  const { bavail, bsize } = statfsSync(home);
  const freeBytes = bavail * bsize;
  const room = `${Math.floor(freeBytes / 1024 / 1024)} MiB are free`;
  const open = directoryWarning(home);
  return [
    freeBytes < LITTLE_DISK_BYTES
      ? {
          check,
          status: 'warning',
          found: `${home}: only ${room}.`,
          fix: 'Free some space; a full disk stops the pool.',
        }
      : { check, status: 'ok', found: `${home}; ${room}.`, fix: '' },
    ...(open === null
      ? []
      : [
          {
            check,
            status: 'warning' as const,
            found: `Other users can write to ${home}.`,
            fix: `Run: chmod 700 ${home}`,
          },
        ]),
  ];
}

function existingAncestor(path: string): string {
  const parent = dirname(path);
  if (parent === path) return path;
  const stats = statSync(parent, { throwIfNoEntry: false });
  if (stats === undefined) return existingAncestor(parent);
  if (!stats.isDirectory()) throw new Error(`${parent} is not a directory`);
  return parent;
}
