import { homedir } from 'node:os';
import {
  type Clock,
  type Logger,
  type Meter,
  type Orchestrator,
  SecretRegistry,
  silentLogger,
  silentMeter,
  systemClock,
} from '@worker-host/core';
import { createPrefectOrchestrator } from './create-prefect-orchestrator.js';
import { resolvePrefectSettings } from './settings/resolve-prefect-settings.js';

/** Where the settings of a Prefect server are, and what its client works with. */
export interface PrefectControlPlaneOptions {
  /** Holds `PREFECT_API_URL`, `PREFECT_API_KEY` and the like. Default: the environment of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Where `.env`, `prefect.toml` and `pyproject.toml` are read. Default: that of the process. */
  readonly workingDirectory?: string;
  /** Where `.prefect/profiles.toml` is read. Default: the user's. */
  readonly homeDirectory?: string;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: silent. */
  readonly logger?: Logger;
  /** Default: measures nothing. */
  readonly meter?: Meter;
  /** Learns the API key and the secrets that are read. Give the host the same. Default: a new one. */
  readonly secrets?: SecretRegistry;
}

/**
 * Makes the Prefect server, or Prefect Cloud, that the settings name the control plane of a host, which closes it at its
 * end. Settings are found where Prefect finds them. Nothing is connected yet.
 *
 * @throws PrefectServerNotConfiguredError when they name no server; errors of settings that cannot be read
 */
export async function createPrefectControlPlane(options: PrefectControlPlaneOptions = {}): Promise<Orchestrator> {
  const { environment = process.env, workingDirectory = process.cwd(), homeDirectory = homedir() } = options;
  const { clock = systemClock, logger = silentLogger, meter = silentMeter } = options;
  const { secrets = new SecretRegistry() } = options;
  const settings = resolvePrefectSettings({ environment, cwd: workingDirectory, homeDirectory });
  return await createPrefectOrchestrator({ settings, environment, clock, logger, meter, secrets });
}
