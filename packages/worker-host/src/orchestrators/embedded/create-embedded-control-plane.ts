import { homedir } from 'node:os';
import { type Clock, type Logger, type Orchestrator, silentLogger, systemClock } from '@worker-host/core';
import { defaultDataDirectory } from '../../configuration/default-data-directory.js';
import { createEmbeddedOrchestrator } from './create-embedded-orchestrator.js';

/** Location of an embedded pool. */
export interface EmbeddedControlPlaneOptions {
  /** Directory of its data, created if it does not exist. Default: the data directory of the user. */
  readonly home?: string;
  /** The key that encrypts secrets. Default: `WORKER_HOST_SECRET_KEY`, otherwise a key file in the directory. */
  readonly secretKey?: string;
  /** Default: the system clock. */
  readonly clock?: Clock;
  /** Default: no log. */
  readonly logger?: Logger;
}

/**
 * Creates a control plane for a host from the embedded pool in a directory. The host closes it at its end.
 *
 * @throws errors about the directory or its database
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
