import { secretsOfAddress, shownAddress } from '@worker-host/core';
import type { Profile } from './profile.js';
import type { SettingSpec } from './setting-catalogue.js';
import type { SettingValue } from './setting-kind.js';
import { describeSource, type SettingSource } from './setting-source.js';

/** A setting that a source has set. */
export interface ResolvedSetting {
  readonly spec: SettingSpec;
  readonly value: SettingValue['value'];
  /** Formatted as by Prefect in Python. */
  readonly text: string;
  readonly source: SettingSource;
}

const DEFAULT_CLOUD_API_URL = 'https://api.prefect.cloud/api';

/** All Prefect settings that are set, each with its source. Absent ones have Prefect's default. */
export class PrefectSettings {
  constructor(
    /** By canonical environment name. */
    readonly settings: ReadonlyMap<string, ResolvedSetting>,
    readonly profile: Pick<Profile, 'name' | 'file' | 'missing'>,
    /** Warnings for people, one line each. */
    readonly warnings: readonly string[],
  ) {}

  /** API URL of the server. Null: none, or an empty one. */
  get apiUrl(): { readonly value: string; readonly source: SettingSource } | null {
    const setting = this.settings.get('PREFECT_API_URL');
    return setting && setting.text !== '' ? { value: setting.text, source: setting.source } : null;
  }

  /** Why `apiUrl` is null, or its source, in one line for people. */
  describeApiUrl(): string {
    if (this.apiUrl) return `${shownAddress(this.apiUrl.value)} (${describeSource(this.apiUrl.source)})`;
    const hidden = this.settings.get('PREFECT_API_URL');
    if (hidden) return `no server: PREFECT_API_URL is empty (${describeSource(hidden.source)})`;
    const { name, file } = this.profile;
    const profile = describeSource({ kind: 'profile', name: '', profile: name, file, line: null });
    return `no server: PREFECT_API_URL is not set by the environment, .env, prefect.toml, pyproject.toml or ${profile}`;
  }

  /** True if the API URL is one of Prefect Cloud. */
  get isCloud(): boolean {
    return this.apiUrl?.value.startsWith(this.text('PREFECT_CLOUD_API_URL') ?? DEFAULT_CLOUD_API_URL) ?? false;
  }

  /** Text of a setting; null when unset or empty. */
  text(name: string): string | null {
    const text = this.settings.get(name)?.text;
    return text === undefined || text === '' ? null : text;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.settings.get(name)?.value;
    return typeof value === 'boolean' ? value : fallback;
  }

  number(name: string, fallback: number): number {
    const value = this.settings.get(name)?.value;
    return typeof value === 'number' ? value : fallback;
  }

  list(name: string): readonly string[] {
    const value = this.settings.get(name)?.value;
    return Array.isArray(value) ? value : [];
  }

  object(name: string): Readonly<Record<string, unknown>> {
    const value = this.settings.get(name)?.value;
    return typeof value === 'object' && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {};
  }

  /** Returns every secret value, for the registry of secrets, including the password in the server's URL. */
  secrets(): readonly string[] {
    return [...this.settings.values()]
      .filter((setting) => setting.spec.kind === 'secret')
      .map((setting) => setting.text)
      .concat(this.apiUrl ? secretsOfAddress(this.apiUrl.value) : [])
      .filter((secret) => secret !== '');
  }
}
