import { join } from 'node:path';
import { readTextFile } from '../../../configuration/file-text.js';
import { batchBytesOf, maxLogBytesOf } from '../logs/log-shipping-options.js';
import { type DotenvFile, parseDotenv } from './dotenv-file.js';
import { PrefectSettings, type ResolvedSetting } from './prefect-settings.js';
import { findProfile, profilesPath } from './profile.js';
import { SETTING_CATALOGUE, type SettingSpec } from './setting-catalogue.js';
import { readSetting, SettingProblem } from './setting-kind.js';
import { describeSource, type SettingSource } from './setting-source.js';
import { PrefectSettingsFileError, PrefectSettingsInvalidError } from './settings-errors.js';
import { readToml, type TomlFile, tomlAt } from './toml-file.js';

/** Sources of settings. */
export interface SettingsSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Only this directory is searched, none of its parents. */
  readonly cwd: string;
  readonly homeDirectory: string;
}

interface Found {
  readonly raw: unknown;
  readonly source: SettingSource;
}

/**
 * Resolves Prefect's settings from the sources that Prefect reads, in order of precedence: environment, `.env`,
 * `prefect.toml`, `pyproject.toml`, the active profile. Each setting is resolved separately; an empty value counts as
 * set.
 *
 * @throws PrefectSettingsFileError if a settings file cannot be read or is not TOML, including `profiles.toml`
 * @throws PrefectSettingsInvalidError with every setting whose value does not match its kind
 */
export function resolvePrefectSettings(surroundings: SettingsSurroundings): PrefectSettings {
  const { environment, cwd, homeDirectory } = surroundings;
  const warnings: string[] = [];
  const dotenvFile = join(cwd, '.env');
  const { entries: dotenv, unreadableLines } = readDotenv(dotenvFile, environment);
  for (const line of unreadableLines) {
    warnings.push(`Line ${line} of ${dotenvFile} is not NAME=value; it is ignored, as by Prefect.`);
  }
  const prefectToml = readTomlOrThrow(join(cwd, 'prefect.toml'));
  const pyprojectToml = readTomlOrThrow(join(cwd, 'pyproject.toml'));
  const profiles = profilesPath({ environment, dotenv, prefectToml, pyprojectToml, cwd, homeDirectory });
  const profile = findProfile(readTomlOrThrow(profiles), environment);
  if (profile.missing) {
    const { name, where } = profile.missing;
    warnings.push(`Prefect profile "${name}" (${where}) does not exist; using "${profile.name}", as Prefect does.`);
  }
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
        const { value, line } = fromDotenv.value;
        return { raw: value, source: { kind: 'dotenv', name: fromDotenv.spelled, file: dotenvFile, line } };
      }
    }
    const inToml =
      findInToml('prefect.toml', prefectToml, spec.path) ??
      findInToml('pyproject.toml', pyprojectToml, ['tool', 'prefect', ...spec.path]);
    if (inToml) return inToml;
    for (const name of [spec.name, ...spec.olderNames]) {
      const found = profile.find(name);
      if (found === null) continue;
      const { raw, file, line } = found;
      return { raw, source: { kind: 'profile', name, profile: profile.name, file, line } };
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
  const resolved = new PrefectSettings(settings, profile, warnings);
  if (maxLogBytesOf(resolved) > batchBytesOf(resolved)) {
    problems.push(
      'PREFECT_LOGGING_TO_API_MAX_LOG_SIZE: expected no more than PREFECT_LOGGING_TO_API_BATCH_SIZE ' +
        `[max=${maxLogBytesOf(resolved)}, batch=${batchBytesOf(resolved)}]`,
    );
  }
  if (problems.length > 0) throw new PrefectSettingsInvalidError(problems);
  return resolved;
}

function findInToml(
  kind: 'prefect.toml' | 'pyproject.toml',
  file: TomlFile | null,
  path: readonly string[],
): Found | null {
  const raw = tomlAt(file?.table, path);
  if (file === null || raw === undefined) return null;
  return { raw, source: { kind, name: path.join('.'), file: file.path, line: file.lines.lineOf(path) } };
}

function readDotenv(file: string, environment: SettingsSurroundings['environment']): DotenvFile {
  try {
    return parseDotenv(readTextFile(file) ?? '', environment);
  } catch (error) {
    throw new PrefectSettingsFileError(file, error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function readTomlOrThrow(file: string): TomlFile | null {
  try {
    return readToml(file);
  } catch (error) {
    const { line, column } = error as { readonly line?: number; readonly column?: number };
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
    if (line === undefined) throw new PrefectSettingsFileError(file, reason, { cause: error });
    // The parser's own error quotes the surrounding text, which may contain a secret.
    throw new PrefectSettingsFileError(file, `line ${line}, column ${column}: ${reason}`);
  }
}

function upperCaseKeys<Value>(
  entries: Iterable<readonly [string, Value | undefined]>,
): ReadonlyMap<string, { readonly spelled: string; readonly value: Value }> {
  const upper = new Map<string, { spelled: string; value: Value }>();
  for (const [spelled, value] of entries) {
    if (value !== undefined) upper.set(spelled.toUpperCase(), { spelled, value });
  }
  return upper;
}
