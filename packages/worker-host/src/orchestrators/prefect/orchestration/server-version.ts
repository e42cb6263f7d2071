import { OLDEST_PREFECT_VERSION, OrchestratorUnavailableError } from '@worker-host/core';
import { PREFECT_VERSION } from '../connection.js';
import type { PrefectParts } from '../prefect-parts.js';
import { PrefectNotFoundError, PrefectServerVersionError } from '../rest/rest-errors.js';

/**
 * Returns the version of a self-hosted server. Null: not requested (Prefect Cloud, check disabled) or unknown yet.
 *
 * @throws PrefectServerVersionError if the major version is unsupported
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
  const [server, oldest] = [numbersOf(version), numbersOf(OLDEST_PREFECT_VERSION)];
  if (server === null || oldest === null) return version;
  if (server[0] !== oldest[0]) throw new PrefectServerVersionError(version, PREFECT_VERSION);
  if (isOlder(server, oldest)) {
    logger.warn(
      `The Prefect server is older than ${OLDEST_PREFECT_VERSION}, the oldest version this worker is tested with; upgrade the server`,
      { server: version },
    );
  }
  return version;
}

type Version = readonly [major: number, minor: number, patch: number];

/** Compares two versions with the same major number. */
function isOlder([, minor, patch]: Version, [, otherMinor, otherPatch]: Version): boolean {
  return minor === otherMinor ? patch < otherPatch : minor < otherMinor;
}

function numbersOf(version: string): Version | null {
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(version);
  return match && [Number(match[1]), Number(match[2]), Number(match[3])];
}
