import { statSync } from 'node:fs';
import { type Finding, isWorkerError } from '@worker-host/core';
import { checkDatabase } from '../../../orchestrators/embedded/backup/database-check.js';
import type { DataFiles } from '../../../orchestrators/embedded/database/data-directory.js';

/** Reading a file of this size takes about a second. */
const MOST_BYTES = 100 * 1024 * 1024;
const MOST_NAMED = 3;

/** Checks the database file of the embedded pool as `db check` does, unless that takes long. Read-only. */
export function checkDatabaseFile(files: DataFiles, secretKey: string | null, mostBytes = MOST_BYTES): Finding {
  const check = 'database';
  const path = files.databasePath;
  const { size } = statSync(path);
  if (size > mostBytes) {
    const found = `${path} has ${Math.ceil(size / 1024 / 1024)} MiB, which take a while to check.`;
    return { check, status: 'not-checked', found, fix: 'Run: worker-host db check' };
  }
  try {
    const { pools, deployments, runs, problems } = checkDatabase(files, secretKey);
    if (problems.length === 0) {
      const found = `${path} is sound; pools: ${pools}, deployments: ${deployments}, runs: ${runs}.`;
      return { check, status: 'ok', found, fix: '' };
    }
    const others = problems.length - MOST_NAMED;
    const named = problems.slice(0, MOST_NAMED).map((problem) => problem.replaceAll('\n', ' '));
    const found = `${path}: ${[...named, ...(others > 0 ? [`and ${others} more problems`] : [])].join('; ')}.`;
    const fix =
      'Run: worker-host db check; stop every worker and restore a backup: worker-host restore DIRECTORY. If secrets cannot be ' +
      'decrypted, set WORKER_HOST_SECRET_KEY to their key.';
    return { check, status: 'failed', found, fix };
  } catch (error) {
    if (!isWorkerError(error)) throw error;
    return { check, status: 'failed', found: error.message, fix: 'Run: worker-host db check' };
  }
}
