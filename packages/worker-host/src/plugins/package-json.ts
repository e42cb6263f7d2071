import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';

/** Reads the package.json of a directory; null: it does not exist, or is not a JSON object. */
export function readPackageJson(directory: string): JsonObject | null {
  try {
    const parsed = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as JsonValue;
    return isJsonObject(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

/** Returns the worker type in the `workerHost` field of a package; null: none. */
export function declaredTypeOf(packageJson: JsonObject): string | null {
  const field = packageJson.workerHost;
  return isJsonObject(field) && typeof field.type === 'string' && field.type !== '' ? field.type : null;
}

/** Returns the nearest directory upwards that has a package.json; null: none. */
export function nearestPackageDirectory(from: string): string | null {
  for (const directory of ancestorsOf(from)) if (readPackageJson(directory) !== null) return directory;
  return null;
}

/** Returns where a package is installed, as resolved from a directory; null: nowhere. */
export function findInstalledPackage(name: string, from: string): string | null {
  for (const directory of ancestorsOf(from)) {
    const candidate = join(directory, 'node_modules', name);
    if (readPackageJson(candidate) !== null) return candidate;
  }
  return null;
}

/** Returns the directory itself, then its parents up to the root. */
export function ancestorsOf(directory: string): readonly string[] {
  const ancestors = [directory];
  for (let each = directory; dirname(each) !== each; each = dirname(each)) ancestors.push(dirname(each));
  return ancestors;
}
