import { join } from 'node:path';
import { isJsonObject } from '@worker-host/core';
import type { DotenvEntry } from './dotenv-file.js';
import { PrefectSettingsFileError } from './settings-errors.js';
import { type TomlFile, type TomlTable, tomlAt } from './toml-file.js';

/** Built-in profiles of Prefect, used if there is no `profiles.toml`. */
const BUILT_IN: TomlTable = {
  ephemeral: { PREFECT_SERVER_EPHEMERAL_ENABLED: 'true' },
  local: { PREFECT_API_URL: 'http://127.0.0.1:4200/api' },
  test: {
    PREFECT_SERVER_EPHEMERAL_ENABLED: 'true',
    PREFECT_SERVER_DATABASE_CONNECTION_URL: 'sqlite+aiosqlite:///:memory:',
  },
  cloud: {},
};
const DEFAULT_NAME = 'ephemeral';

/** A selected profile that does not exist. */
export interface MissingProfile {
  readonly name: string;
  /** What selects it, for people. */
  readonly where: string;
  /** Names of the profiles that exist. */
  readonly known: readonly string[];
}

/** The active profile: a named set of settings, keyed by environment name. */
export interface Profile {
  readonly name: string;
  /** Null: `profiles.toml` does not exist, or does not contain this profile. */
  readonly file: string | null;
  /** Null: the selected profile exists. */
  readonly missing: MissingProfile | null;
  /** Returns the value of a name; file and line are null for a built-in profile. */
  find(name: string): { readonly raw: unknown; readonly file: string | null; readonly line: number | null } | null;
}

/**
 * Finds the active profile: `PREFECT_PROFILE`, otherwise `active` in the file, otherwise Prefect's default. As in
 * Prefect, the default also replaces a profile that does not exist.
 *
 * @param file `profiles.toml`; null: it does not exist
 * @throws PrefectSettingsFileError if a profile is not a table.
 */
export function findProfile(file: TomlFile | null, environment: Readonly<Record<string, string | undefined>>): Profile {
  const fromEnvironment = environment.PREFECT_PROFILE;
  const fromFile = tomlAt(file?.table, ['active']) ?? '';
  const wanted = fromEnvironment || String(fromFile);
  const profiles = file === null ? BUILT_IN : profilesOf(file);
  const values = wanted === '' ? undefined : tomlAt({ profiles }, ['profiles', wanted]);
  if (isJsonObject(values)) {
    const find = (key: string): ReturnType<Profile['find']> => {
      const raw = tomlAt(values, [key]);
      if (raw === undefined) return null;
      return { raw, file: file?.path ?? null, line: file?.lines.lineOf(['profiles', wanted, key]) ?? null };
    };
    return { name: wanted, file: file?.path ?? null, missing: null, find };
  }
  const where = fromEnvironment
    ? 'environment variable PREFECT_PROFILE'
    : `active in ${file?.path}:${file?.lines.lineOf(['active']) ?? 1}`;
  const known = isJsonObject(profiles) ? Object.keys(profiles) : [];
  return {
    name: DEFAULT_NAME,
    file: null,
    missing: wanted === '' || wanted === DEFAULT_NAME ? null : { name: wanted, where, known },
    find: (key) => {
      const raw = tomlAt(BUILT_IN, [DEFAULT_NAME, key]);
      return raw === undefined ? null : { raw, file: null, line: null };
    },
  };
}

function profilesOf(file: TomlFile): unknown {
  const profiles = tomlAt(file.table, ['profiles']);
  const named = isJsonObject(profiles) ? Object.keys(profiles).map((name) => ['profiles', name]) : [];
  for (const path of profiles === undefined ? [] : [['profiles'], ...named])
    if (!isJsonObject(tomlAt(file.table, path)))
      throw new PrefectSettingsFileError(
        file.path,
        `line ${file.lines.lineOf(path)}: ${path.join('.')} is not a table`,
      );
  return profiles;
}

/** Input of the search for `profiles.toml`. */
export interface ProfilesPathQuery {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly dotenv: ReadonlyMap<string, DotenvEntry>;
  readonly prefectToml: TomlFile | null;
  readonly pyprojectToml: TomlFile | null;
  readonly cwd: string;
  readonly homeDirectory: string;
}

/** Returns the path of `profiles.toml`, whether the file exists or not. */
export function profilesPath(query: ProfilesPathQuery): string {
  const home = query.environment.PREFECT_HOME;
  const named = [
    query.environment.PREFECT_PROFILES_PATH,
    query.dotenv.get('PREFECT_PROFILES_PATH')?.value,
    tomlAt(query.prefectToml?.table, ['profiles_path']),
    tomlAt(query.pyprojectToml?.table, ['tool', 'prefect', 'profiles_path']),
  ].find((path) => typeof path === 'string' && path !== '');
  if (typeof named === 'string') return join(named.startsWith('/') ? '/' : query.cwd, named);
  if (home) return join(home.startsWith('/') ? '/' : query.cwd, home, 'profiles.toml');
  return join(query.homeDirectory, '.prefect', 'profiles.toml');
}
