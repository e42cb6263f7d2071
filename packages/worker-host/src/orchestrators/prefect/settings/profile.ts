import { join } from 'node:path';
import { isJsonObject } from '@worker-host/core';
import { readToml, type TomlTable, tomlAt } from './toml-file.js';

/** The active profile: a named set of settings, keyed by environment name. */
export interface Profile {
  readonly name: string;
  /** Null: Prefect's built-in profile, which names no server. */
  readonly file: string | null;
  readonly values: TomlTable;
}

const BUILT_IN: Profile = { name: 'ephemeral', file: null, values: { PREFECT_SERVER_EPHEMERAL_ENABLED: 'true' } };

/** What the search for the profile looks at. */
export interface ProfileQuery {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly dotenv: ReadonlyMap<string, string>;
  readonly prefectToml: TomlTable | null;
  readonly pyprojectToml: TomlTable | null;
  readonly cwd: string;
  readonly homeDirectory: string;
}

/** Finds the active profile. `warnings` receives what a person should know of. */
export function findProfile(query: ProfileQuery, warnings: string[]): Profile {
  const file = profilesPath(query);
  let table: TomlTable | null;
  try {
    table = readToml(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    warnings.push(`Profiles cannot be read and are left out [file=${file}]: ${firstLine(reason)}`);
    return { ...BUILT_IN, values: {} };
  }
  if (table === null) return BUILT_IN;

  const fromEnvironment = query.environment.PREFECT_PROFILE;
  const active = fromEnvironment || tomlAt(table, ['active']);
  if (typeof active !== 'string' || active === '') return BUILT_IN;
  const values = tomlAt(table, ['profiles', active]);
  if (!isJsonObject(values)) {
    const where = fromEnvironment ? 'environment variable PREFECT_PROFILE' : `active profile of ${file}`;
    warnings.push(`There is no profile "${active}" [${where}]; Prefect's built-in one is used, which names no server.`);
    return BUILT_IN;
  }
  return { name: active, file, values };
}

function profilesPath(query: ProfileQuery): string {
  const home = query.environment.PREFECT_HOME;
  const named = [
    query.environment.PREFECT_PROFILES_PATH,
    query.dotenv.get('PREFECT_PROFILES_PATH'),
    tomlAt(query.prefectToml, ['profiles_path']),
    tomlAt(query.pyprojectToml, ['tool', 'prefect', 'profiles_path']),
  ].find((path) => typeof path === 'string' && path !== '');
  if (typeof named === 'string') return join(named.startsWith('/') ? '/' : query.cwd, named);
  if (home) return join(home.startsWith('/') ? '/' : query.cwd, home, 'profiles.toml');
  return join(query.homeDirectory, '.prefect', 'profiles.toml');
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}
