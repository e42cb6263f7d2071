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

/** Sources of settings, and dependencies of the client. */
export interface PrefectControlPlaneOptions {
  /** Contains `PREFECT_API_URL`, `PREFECT_API_KEY` and others. Default: the environment of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Directory of `.env`, `prefect.toml` and `pyproject.toml`. Default: the working directory. */
  readonly workingDirectory?: string;
  /** Home directory with `.prefect/profiles.toml`. Default: the user's. */
  readonly homeDirectory?: string;
  /** Default: the system clock. */
  readonly clock?: Clock;
  /** Default: no log. */
  readonly logger?: Logger;
  /** Default: no measurements. */
  readonly meter?: Meter;
  /** Receives the API key and secrets that are read. Pass the same registry to the host. Default: a new one. */
  readonly secrets?: SecretRegistry;
}

/**
 * Creates a control plane for a host from the settings of a Prefect server or Prefect Cloud. The host closes it at its
 * end. Settings are read from the same sources as by Prefect. Does not connect yet.
 *
 * @throws PrefectServerNotConfiguredError if they contain no server; errors about invalid settings
 */
export async function createPrefectControlPlane(options: PrefectControlPlaneOptions = {}): Promise<Orchestrator> {
  const { environment = process.env, workingDirectory = process.cwd(), homeDirectory = homedir() } = options;
  const { clock = systemClock, logger = silentLogger, meter = silentMeter } = options;
  const { secrets = new SecretRegistry() } = options;
  const settings = resolvePrefectSettings({ environment, cwd: workingDirectory, homeDirectory });
  return await createPrefectOrchestrator({ settings, environment, clock, logger, meter, secrets });
}
