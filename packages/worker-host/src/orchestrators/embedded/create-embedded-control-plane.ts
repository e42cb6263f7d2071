import { homedir } from 'node:os';
import { type Clock, type Logger, type Orchestrator, silentLogger, systemClock } from '@worker-host/core';
import { defaultDataDirectory } from '../../configuration/default-data-directory.js';
import { createEmbeddedOrchestrator } from './create-embedded-orchestrator.js';

/** Where an embedded pool is. */
export interface EmbeddedControlPlaneOptions {
  /** Directory of its data, which is made where there is none. Default: the data directory of the user. */
  readonly home?: string;
  /** The key that secrets are encrypted with. Default: `WORKER_HOST_SECRET_KEY`, else a key file in the directory. */
  readonly secretKey?: string;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: silent. */
  readonly logger?: Logger;
}

/**
 * Makes the embedded pool of a directory the control plane of a host, which closes it at its end.
 *
 * @throws what is wrong with the directory or the database in it
 */
export function createEmbeddedControlPlane(options: EmbeddedControlPlaneOptions = {}): Orchestrator {
  const { clock = systemClock, logger = silentLogger } = options;
  const { home = defaultDataDirectory(process.env, homedir(), process.platform) } = options;
  return createEmbeddedOrchestrator({
    home,
    secretKey: options.secretKey ?? (process.env.WORKER_HOST_SECRET_KEY || null),
    nowMs: () => clock.nowMs(),
    clock,
    logger,
    reason: 'a program chose it',
  }).orchestrator;
}
