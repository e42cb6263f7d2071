import { isWorkerError, shownAddress } from '@worker-host/core';
import type { HostSettingSource, HostSettings } from '../../../configuration/resolve-host-settings.js';
import { isSecretName } from '../../../configuration/secret-names.js';
import {
  environmentNameOf,
  SETTING_DEFINITIONS,
  type SettingDefinition,
  type SettingName,
} from '../../../configuration/setting-definitions.js';
import type { PrefectSettings, ResolvedSetting } from '../../../orchestrators/prefect/settings/prefect-settings.js';
import { pythonJson } from '../../../orchestrators/prefect/settings/python-text.js';
import { SETTING_CATALOGUE } from '../../../orchestrators/prefect/settings/setting-catalogue.js';
import type { SettingSource } from '../../../orchestrators/prefect/settings/setting-source.js';
import { chooseControlPlane } from '../../control-plane/control-plane.js';

const HIDDEN = '********';

/** A setting of the host. */
export interface HostSettingReport {
  readonly name: SettingName;
  readonly environmentName: string;
  /** Null: not set. */
  readonly value: unknown;
  readonly source: HostSettingSource | null;
  /** Effective value if it is not set, for people, and the setting of Prefect that provides it; null: the default. */
  readonly fallback: { readonly text: string; readonly setting: string | null };
}

/** A setting of Prefect. */
export interface PrefectSettingReport {
  readonly name: string;
  /** As Prefect prints it, secrets hidden. Null: not set. */
  readonly value: string | null;
  readonly source: SettingSource | null;
}

/** All settings, with value and source; contains no secret. */
export interface SettingReport {
  /** `kind` is null if the settings do not determine it; `reason` explains it. */
  readonly controlPlane: { readonly kind: 'embedded' | 'prefect' | null; readonly reason: string };
  readonly configurationFile: string | null;
  readonly profile: { readonly name: string; readonly file: string | null };
  readonly settings: readonly HostSettingReport[];
  readonly prefectSettings: readonly PrefectSettingReport[];
  readonly warnings: readonly string[];
}

/** Creates the report. */
export function reportSettings(settings: HostSettings, prefect: PrefectSettings): SettingReport {
  return {
    controlPlane: reportControlPlane(settings, prefect),
    configurationFile: settings.filePath,
    profile: { name: prefect.profile.name, file: prefect.profile.file },
    settings: SETTING_DEFINITIONS.map((definition: SettingDefinition & { readonly name: SettingName }) => ({
      name: definition.name,
      environmentName: environmentNameOf(definition.name),
      value: hiddenIfSecret(definition.name, settings.get(definition.name) ?? null),
      source: settings.originOf(definition.name) ?? null,
      fallback: fallbackOf(definition, prefect),
    })),
    prefectSettings: SETTING_CATALOGUE.map(({ name }) => {
      const found = prefect.settings.get(name);
      return { name, value: found ? shownValue(found) : null, source: found?.source ?? null };
    }),
    warnings: prefect.warnings,
  };
}

function hiddenIfSecret<T>(name: string, value: T): T | typeof HIDDEN {
  return value !== null && isSecretName(name) ? HIDDEN : value;
}

function reportControlPlane(settings: HostSettings, prefect: PrefectSettings): SettingReport['controlPlane'] {
  try {
    const { kind, reason } = chooseControlPlane(settings, prefect);
    return { kind, reason };
  } catch (error) {
    if (!isWorkerError(error)) throw error;
    return { kind: null, reason: error.message };
  }
}

function fallbackOf(
  { description, prefectName }: SettingDefinition,
  prefect: PrefectSettings,
): HostSettingReport['fallback'] {
  const found = prefectName === undefined ? undefined : prefect.settings.get(prefectName);
  if (found) return { text: shownValue(found), setting: found.spec.name };
  return { text: /Default: (.*)\.$/.exec(description)?.[1] ?? '', setting: null };
}

function shownValue({ spec, value, text }: ResolvedSetting): string {
  if (text === '') return text;
  if (spec.kind === 'secret') return HIDDEN;
  if (spec.name === 'PREFECT_CLIENT_CUSTOM_HEADERS' && typeof value === 'object') {
    return pythonJson(Object.fromEntries(Object.keys(value).map((name) => [name, HIDDEN])));
  }
  return shownAddress(text);
}
