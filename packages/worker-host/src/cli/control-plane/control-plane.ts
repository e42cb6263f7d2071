import type { HostSettings } from '../../configuration/resolve-host-settings.js';
import { PrefectServerNotConfiguredError } from '../../orchestrators/prefect/prefect-server-not-configured-error.js';
import type { PrefectSettings } from '../../orchestrators/prefect/settings/prefect-settings.js';
import { resolvePrefectSettings } from '../../orchestrators/prefect/settings/resolve-prefect-settings.js';
import { PrefectProfileMissingError } from '../../orchestrators/prefect/settings/settings-errors.js';

/** The control plane of a command, and the setting that selected it. */
export interface ControlPlaneChoice {
  readonly kind: 'embedded' | 'prefect';
  /** The setting that determined it, for people: `--orchestrator`, `PREFECT_API_URL (environment)`. */
  readonly reason: string;
  readonly prefect: PrefectSettings;
}

/**
 * Selects the control plane: that of `orchestrator`, otherwise Prefect if an API URL is set anywhere, otherwise the
 * embedded pool.
 *
 * @throws PrefectProfileMissingError if only a profile that does not exist could contain the server
 */
export function chooseControlPlane(
  settings: HostSettings,
  prefect: PrefectSettings = prefectSettingsFor(settings),
): ControlPlaneChoice {
  const wanted = settings.get('orchestrator');
  const { missing } = prefect.profile;
  const isServerHidden = prefect.apiUrl === null && prefect.settings.has('PREFECT_API_URL');
  if (missing && prefect.apiUrl === null && !isServerHidden && wanted !== 'embedded') {
    throw new PrefectProfileMissingError(missing);
  }
  const reason = settings.sourceOf('orchestrator') ?? reasonOf(prefect);
  if (wanted === 'prefect' && prefect.apiUrl === null)
    throw new PrefectServerNotConfiguredError(reason, prefect.describeApiUrl());
  const kind = wanted ?? (prefect.apiUrl === null ? 'embedded' : 'prefect');
  return { kind, reason, prefect };
}

/** Returns Prefect's settings, read from the same sources as the host's. */
export function prefectSettingsFor({ sources }: HostSettings): PrefectSettings {
  const { environment, workingDirectory, userHome } = sources;
  return resolvePrefectSettings({ environment, cwd: workingDirectory, homeDirectory: userHome });
}

function reasonOf(prefect: PrefectSettings): string {
  const isNowhere = prefect.apiUrl === null && !prefect.settings.has('PREFECT_API_URL');
  return isNowhere ? 'PREFECT_API_URL is not set' : prefect.describeApiUrl();
}
