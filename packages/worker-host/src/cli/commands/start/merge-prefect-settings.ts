import type { HostSettings } from '../../../configuration/resolve-host-settings.js';
import {
  SETTING_DEFINITIONS,
  type SettingDefinition,
  type SettingName,
} from '../../../configuration/setting-definitions.js';
import type { GivenHostSettings } from '../../../host/worker-host-settings.js';
import type { PrefectSettings } from '../../../orchestrators/prefect/settings/prefect-settings.js';

/** Returns the settings of the worker: the host's own take precedence over Prefect's equivalents. */
export function workerSettingsOf(
  settings: HostSettings,
  prefect: PrefectSettings,
  workPoolName: string,
): GivenHostSettings {
  const seconds = (name: 'prefetch-seconds' | 'query-seconds' | 'heartbeat-seconds') =>
    settings.get(name) ?? prefectNumber(prefect, name);
  return {
    workPoolName,
    workerName: settings.get('name'),
    workQueueNames: settings.get('work-queue'),
    limit: settings.get('limit'),
    limitVcpus: settings.get('limit-cpu'),
    limitMemoryMib: settings.get('limit-memory'),
    prefetchSeconds: seconds('prefetch-seconds'),
    querySeconds: seconds('query-seconds'),
    heartbeatSeconds: seconds('heartbeat-seconds'),
    recoverySeconds: settings.get('recovery-seconds'),
    reconcileSeconds: settings.get('reconcile-seconds'),
    createPoolIfNotFound: settings.get('create-pool-if-not-found'),
    stopFinalRuns: settings.get('stop-final-runs'),
    relaunchLimit: settings.get('relaunch-limit'),
    deathLimit: settings.get('death-limit'),
    killGraceSeconds: settings.get('kill-grace-seconds'),
    drain: settings.get('drain'),
    drainDeadlineSeconds: settings.get('drain-deadline-seconds'),
    isRunOnce: settings.get('run-once'),
  };
}

/** Returns the equivalent setting of Prefect; undefined: not set. */
export function prefectNumber(prefect: PrefectSettings, name: SettingName): number | undefined {
  const prefectName = prefectNameOf(name);
  return prefectName !== undefined && prefect.settings.has(prefectName) ? prefect.number(prefectName, 0) : undefined;
}

/** Like {@link prefectNumber}, for a text. */
export function prefectText(prefect: PrefectSettings, name: SettingName): string | undefined {
  const prefectName = prefectNameOf(name);
  return prefectName === undefined ? undefined : (prefect.text(prefectName) ?? undefined);
}

function prefectNameOf(name: SettingName): string | undefined {
  const definition: SettingDefinition | undefined = SETTING_DEFINITIONS.find((each) => each.name === name);
  return definition?.prefectName;
}
