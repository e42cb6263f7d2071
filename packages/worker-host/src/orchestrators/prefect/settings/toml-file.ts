import { createRequire } from 'node:module';
import { isJsonObject } from '@worker-host/core';
import { readTextFile } from '../../../configuration/file-text.js';
import { TomlLines } from '../../../configuration/toml-lines.js';

/** Loaded with the first file, because most machines have none. */
const loadReader = (): typeof import('smol-toml') => createRequire(import.meta.url)('smol-toml');

/** A TOML table as parsed: own properties only. */
export type TomlTable = Readonly<Record<string, unknown>>;

/** An existing TOML file. */
export interface TomlFile {
  readonly path: string;
  readonly table: TomlTable;
  readonly lines: TomlLines;
}

/**
 * Reads a TOML file. Null: the file does not exist.
 *
 * @throws Error of the parser if it is not TOML, or of the file system
 */
export function readToml(path: string): TomlFile | null {
  const text = readTextFile(path);
  return text === null ? null : { path, table: loadReader().parse(text), lines: new TomlLines(text) };
}

/** Returns the value at a path of tables; undefined if absent. */
export function tomlAt(table: TomlTable | null | undefined, path: readonly string[]): unknown {
  let at: unknown = table;
  for (const key of path) {
    if (!isJsonObject(at) || !Object.hasOwn(at, key)) return undefined;
    at = at[key];
  }
  return at;
}
