import type { DatabaseReport } from '../../orchestrators/embedded/backup/database-check.js';
import { renderFacts } from './text-table.js';

/** Formats the result of a database check for people. */
export function describeDatabase(report: DatabaseReport): string {
  const { path, version, newestVersion, bytes, freeBytes, pools, deployments, runs, secrets, problems } = report;
  return renderFacts([
    ['file', path],
    ['version', version === newestVersion ? String(version) : `${version} (newest: ${newestVersion})`],
    ['size', `${bytes} bytes, ${freeBytes} of them free`],
    ['holds', `${pools} pools, ${deployments} deployments, ${runs} runs, ${secrets} secrets`],
    ['state', problems.length === 0 ? 'sound' : `${problems.length} problems`],
  ]);
}
