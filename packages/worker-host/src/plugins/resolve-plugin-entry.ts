import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type JsonValue } from '@worker-host/core';
import { readPackageJson } from './package-json.js';
import { PluginEntryMissingError } from './plugin-errors.js';

const CONDITIONS: readonly string[] = ['node', 'import', 'module-sync', 'default'];

/**
 * Returns the entry module of a package directory: its `exports` of `.`, otherwise `main`, otherwise `index.js`.
 *
 * @throws PluginEntryMissingError if the file does not exist.
 */
export function resolvePluginEntry(directory: string): string {
  const packageJson = readPackageJson(directory);
  const target =
    (packageJson === null ? null : entryOfExports(packageJson.exports)) ??
    (typeof packageJson?.main === 'string' ? packageJson.main : 'index.js');
  const found = [target, `${target}.js`, `${target}/index.js`].map((each) => join(directory, each)).find(isFile);
  if (found === undefined) throw new PluginEntryMissingError(directory, target);
  return found;
}

/** Returns what `exports` contains for an import of `.`; null: nothing. */
export function entryOfExports(exported: JsonValue | undefined): string | null {
  if (exported === undefined || exported === null) return null;
  if (isJsonObject(exported) && Object.hasOwn(exported, '.')) return targetOf(exported['.'] ?? null);
  return targetOf(exported);
}

function targetOf(value: JsonValue): string | null {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) {
    for (const each of value as readonly JsonValue[]) {
      const target = targetOf(each);
      if (target !== null) return target;
    }
    return null;
  }
  if (!isJsonObject(value)) return null;
  for (const [condition, inner] of Object.entries(value)) {
    if (!CONDITIONS.includes(condition)) continue;
    const target = targetOf(inner);
    if (target !== null) return target;
  }
  return null;
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
