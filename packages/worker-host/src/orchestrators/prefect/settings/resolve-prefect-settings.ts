import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { batchBytesOf, maxLogBytesOf } from '../logs/log-shipping-options.js';
import { parseDotenv } from './dotenv-file.js';
import { PrefectSettings, type ResolvedSetting } from './prefect-settings.js';
import { findProfile } from './profile.js';
import { SETTING_CATALOGUE, type SettingSpec } from './setting-catalogue.js';
import { readSetting, SettingProblem } from './setting-kind.js';
import { describeSource, type SettingSource } from './setting-source.js';
import { PrefectSettingsFileError, PrefectSettingsInvalidError } from './settings-errors.js';
import { readToml, type TomlTable, tomlAt } from './toml-file.js';

/** Where settings are looked for. */
export interface SettingsSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Only this folder is searched, none above it. */
  readonly cwd: string;
  readonly homeDirectory: string;
}

interface Found {
  readonly raw: unknown;
  readonly source: SettingSource;
}

/**
 * Resolves Prefect's settings from the sources Prefect reads, strongest first: environment, `.env`, `prefect.toml`,
 * `pyproject.toml`, the active profile. Each setting is resolved by itself; an empty value counts as set.
 *
 * @throws PrefectSettingsFileError when a settings file of the working directory is no TOML
 * @throws PrefectSettingsInvalidError with every setting whose value is none of its kind
 */
export function resolvePrefectSettings(surroundings: SettingsSurroundings): PrefectSettings {
  const { environment, cwd, homeDirectory } = surroundings;
  const warnings: string[] = [];
  const dotenvFile = join(cwd, '.env');
  const dotenv = existsSync(dotenvFile) ? readDotenv(dotenvFile, environment) : new Map<string, string>();
  const prefectFile = join(cwd, 'prefect.toml');
  const prefectToml = readTomlOrThrow(prefectFile);
  const pyprojectFile = join(cwd, 'pyproject.toml');
  const pyprojectToml = readTomlOrThrow(pyprojectFile);
  const profile = findProfile({ environment, dotenv, prefectToml, pyprojectToml, cwd, homeDirectory }, warnings);
  const byEnvironmentName = upperCaseKeys(Object.entries(environment));
  const byDotenvName = upperCaseKeys(dotenv);

  const find = (spec: SettingSpec): Found | null => {
    for (const name of [spec.name, ...spec.olderNames]) {
      const fromEnvironment = byEnvironmentName.get(name);
      if (fromEnvironment) {
        return { raw: fromEnvironment.value, source: { kind: 'environment', name: fromEnvironment.spelled } };
      }
      const fromDotenv = byDotenvName.get(name);
      if (fromDotenv) {
        return { raw: fromDotenv.value, source: { kind: 'dotenv', name: fromDotenv.spelled, file: dotenvFile } };
      }
    }
    const inPrefectToml = tomlAt(prefectToml, spec.path);
    if (inPrefectToml !== undefined) {
      return { raw: inPrefectToml, source: { kind: 'prefect.toml', name: spec.path.join('.'), file: prefectFile } };
    }
    const pyprojectPath = ['tool', 'prefect', ...spec.path];
    const inPyproject = tomlAt(pyprojectToml, pyprojectPath);
    if (inPyproject !== undefined) {
      return {
        raw: inPyproject,
        source: { kind: 'pyproject.toml', name: pyprojectPath.join('.'), file: pyprojectFile },
      };
    }
    for (const name of [spec.name, ...spec.olderNames]) {
      const raw = tomlAt(profile.values, [name]);
      if (raw !== undefined) {
        return { raw, source: { kind: 'profile', name, profile: profile.name, file: profile.file } };
      }
    }
    return null;
  };

  const settings = new Map<string, ResolvedSetting>();
  const problems: string[] = [];
  for (const spec of SETTING_CATALOGUE) {
    const found = find(spec);
    if (!found) continue;
    try {
      const read = readSetting(spec.kind, found.raw, homeDirectory);
      settings.set(spec.name, { spec, value: read.value, text: read.text, source: found.source });
    } catch (error) {
      if (!(error instanceof SettingProblem)) throw error;
      problems.push(`${spec.name}: ${error.message} (${describeSource(found.source)})`);
    }
  }
  const resolved = new PrefectSettings(settings, { name: profile.name, file: profile.file }, warnings);
  if (maxLogBytesOf(resolved) > batchBytesOf(resolved)) {
    problems.push(
      'PREFECT_LOGGING_TO_API_MAX_LOG_SIZE: expected no more than PREFECT_LOGGING_TO_API_BATCH_SIZE ' +
        `[max=${maxLogBytesOf(resolved)}, batch=${batchBytesOf(resolved)}]`,
    );
  }
  if (problems.length > 0) throw new PrefectSettingsInvalidError(problems);
  return resolved;
}

function readDotenv(file: string, environment: SettingsSurroundings['environment']): ReadonlyMap<string, string> {
  try {
    return parseDotenv(readFileSync(file, 'utf8'), environment);
  } catch (error) {
    throw new PrefectSettingsFileError(file, error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function readTomlOrThrow(file: string): TomlTable | null {
  try {
    return readToml(file);
  } catch (error) {
    throw new PrefectSettingsFileError(file, error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function upperCaseKeys(
  entries: Iterable<readonly [string, string | undefined]>,
): ReadonlyMap<string, { readonly spelled: string; readonly value: string }> {
  const upper = new Map<string, { spelled: string; value: string }>();
  for (const [spelled, value] of entries) {
    if (value !== undefined) upper.set(spelled.toUpperCase(), { spelled, value });
  }
  return upper;
}
