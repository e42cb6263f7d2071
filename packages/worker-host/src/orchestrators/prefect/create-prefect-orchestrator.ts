import { connectionOf } from './connection.js';
import { PrefectOrchestrator } from './prefect-orchestrator.js';
import { type PrefectDependencies, partsOf } from './prefect-parts.js';
import { PrefectServerNotConfiguredError } from './prefect-server-not-configured-error.js';
import { createNodeTransport } from './rest/node-transport.js';
import { openPrefectSocket } from './sockets/prefect-socket.js';

/**
 * Creates the orchestrator for the configured server. Does not connect yet.
 *
 * @throws PrefectServerNotConfiguredError if none is configured
 */
export async function createPrefectOrchestrator(given: PrefectDependencies): Promise<PrefectOrchestrator> {
  const warnings: string[] = [];
  const connection = connectionOf(given.settings, given.environment, warnings);
  if (connection === null)
    throw new PrefectServerNotConfiguredError('createPrefectOrchestrator', given.settings.describeApiUrl());
  for (const warning of [...given.settings.warnings, ...warnings]) given.logger.warn(warning);
  const transport = await createNodeTransport(connection, given.environment);
  return new PrefectOrchestrator(partsOf(given, connection, transport, openPrefectSocket));
}
