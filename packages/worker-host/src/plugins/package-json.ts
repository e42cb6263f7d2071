import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';

/** The package.json of a directory; null: there is none, or it is no JSON object. */
export function readPackageJson(directory: string): JsonObject | null {
  try {
    const parsed = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as JsonValue;
    return isJsonObject(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

/** The worker type that a package declares in its `workerHost` field; null: it declares none. */
export function declaredTypeOf(packageJson: JsonObject): string | null {
  const field = packageJson.workerHost;
  return isJsonObject(field) && typeof field.type === 'string' && field.type !== '' ? field.type : null;
}

/** The nearest directory from here upwards that has a package.json; null: none has. */
export function nearestPackageDirectory(from: string): string | null {
  for (const directory of ancestorsOf(from)) if (readPackageJson(directory) !== null) return directory;
  return null;
}

/** Where a package is installed, as seen from a directory; null: nowhere. */
export function findInstalledPackage(name: string, from: string): string | null {
  for (const directory of ancestorsOf(from)) {
    const candidate = join(directory, 'node_modules', name);
    if (readPackageJson(candidate) !== null) return candidate;
  }
  return null;
}

/** The directory itself, then its parents up to the root. */
export function ancestorsOf(directory: string): readonly string[] {
  const ancestors = [directory];
  for (let each = directory; dirname(each) !== each; each = dirname(each)) ancestors.push(dirname(each));
  return ancestors;
}
