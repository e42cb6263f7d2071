import type { HostSettings } from '../configuration/host-settings.js';
import { PrefectServerNotConfiguredError } from '../orchestrators/prefect/prefect-server-not-configured-error.js';
import type { PrefectSettings } from '../orchestrators/prefect/settings/prefect-settings.js';
import { resolvePrefectSettings } from '../orchestrators/prefect/settings/resolve-prefect-settings.js';

/** Which control plane a command speaks to, and by which setting it was chosen. */
export interface ControlPlaneChoice {
  readonly kind: 'embedded' | 'prefect';
  /** The setting that decided, for people: `--orchestrator`, `PREFECT_API_URL (environment)`. */
  readonly reason: string;
  readonly prefect: PrefectSettings;
}

/** Chooses the control plane: as `orchestrator` says, else Prefect when an API URL is set anywhere, else embedded. */
export function chooseControlPlane(settings: HostSettings): ControlPlaneChoice {
  const { environment, workingDirectory, userHome } = settings.sources;
  const prefect = resolvePrefectSettings({ environment, cwd: workingDirectory, homeDirectory: userHome });
  const wanted = settings.get('orchestrator');
  const reason = settings.sourceOf('orchestrator') ?? reasonOf(prefect);
  if (wanted === 'prefect' && prefect.apiUrl === null)
    throw new PrefectServerNotConfiguredError(reason, prefect.describeApiUrl());
  const kind = wanted ?? (prefect.apiUrl === null ? 'embedded' : 'prefect');
  return { kind, reason, prefect };
}

function reasonOf(prefect: PrefectSettings): string {
  const isNowhere = prefect.apiUrl === null && !prefect.settings.has('PREFECT_API_URL');
  return isNowhere ? 'PREFECT_API_URL is set nowhere' : prefect.describeApiUrl();
}
