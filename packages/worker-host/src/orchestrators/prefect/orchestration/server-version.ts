import { OrchestratorUnavailableError } from '@worker-host/core';
import { PREFECT_VERSION } from '../connection.js';
import type { PrefectParts } from '../prefect-parts.js';
import { PrefectNotFoundError, PrefectServerVersionError } from '../rest/rest-errors.js';

/**
 * The version of a self-hosted server. Null: not asked (Prefect Cloud, check switched off) or not known yet.
 *
 * @throws PrefectServerVersionError when the major version is another
 */
export async function checkServerVersion(parts: PrefectParts): Promise<string | null> {
  const { api, connection, logger } = parts;
  if (!connection.isVersionChecked) return connection.isCloud ? PREFECT_VERSION : null;
  let version: string;
  try {
    version = await api.readServerVersion();
  } catch (error) {
    if (error instanceof OrchestratorUnavailableError) return null;
    if (error instanceof PrefectNotFoundError) return null;
    throw error;
  }
  const [server, ours] = [numbersOf(version), numbersOf(PREFECT_VERSION)];
  if (server === null || ours === null) return version;
  if (server[0] !== ours[0]) throw new PrefectServerVersionError(version, PREFECT_VERSION);
  const isOlder = server.some(
    (part, at) => part < (ours[at] ?? 0) && server.slice(0, at).every((p, i) => p === ours[i]),
  );
  if (isOlder) {
    logger.warn('The Prefect server is older than the version this worker speaks; some of it may be missing', {
      server: version,
      spoken: PREFECT_VERSION,
    });
  }
  return version;
}

function numbersOf(version: string): readonly number[] | null {
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(version);
  return match ? match.slice(1).map(Number) : null;
}
