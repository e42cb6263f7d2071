import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isJsonObject } from '@worker-host/core';

/** Loaded with the first file, since most machines have none. */
const loadReader = (): typeof import('smol-toml') => createRequire(import.meta.url)('smol-toml');

/** A TOML table, as the reader gives it: own properties only. */
export type TomlTable = Readonly<Record<string, unknown>>;

/**
 * The table of a TOML file. Null: there is no such file.
 *
 * @throws Error of the reader when it is no TOML, or of the file system
 */
export function readToml(file: string): TomlTable | null {
  if (!existsSync(file)) return null;
  return loadReader().parse(readFileSync(file, 'utf8'));
}

/** What stands at a path of tables; undefined where there is nothing. */
export function tomlAt(table: TomlTable | null, path: readonly string[]): unknown {
  let at: unknown = table;
  for (const key of path) {
    if (!isJsonObject(at) || !Object.hasOwn(at, key)) return undefined;
    at = at[key];
  }
  return at;
}
