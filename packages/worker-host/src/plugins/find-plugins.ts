import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isJsonObject, type JsonObject } from '@worker-host/core';
import {
  ancestorsOf,
  declaredTypeOf,
  findInstalledPackage,
  nearestPackageDirectory,
  readPackageJson,
} from './package-json.js';
import { type PluginFailure, PluginNotInstalledError } from './plugin-errors.js';

/** A location where a plugin is, or should be. */
export interface PluginCandidate {
  /** As the user wrote it, or the package's name. */
  readonly specifier: string;
  /** For people: how the host found it. */
  readonly source: string;
  /** Real path of the package directory or of the module itself. */
  readonly path: string;
  readonly isDirectory: boolean;
  /** Type in package.json; null: known only after the module is loaded. */
  readonly declaredType: string | null;
}

export interface FoundPlugins {
  readonly candidates: readonly PluginCandidate[];
  readonly failures: readonly PluginFailure[];
}

/** Returns the plugins given by the setting `source`: a package, a directory or a file each. */
export function findNamed(
  specifiers: readonly string[],
  workingDirectory: string,
  source: '--plugin' | '--extension',
): FoundPlugins {
  const candidates: PluginCandidate[] = [];
  const failures: PluginFailure[] = [];
  for (const specifier of new Set(specifiers)) {
    try {
      candidates.push(namedCandidate(specifier, workingDirectory, source));
    } catch (cause) {
      failures.push({ specifier, source, cause });
    }
  }
  return { candidates, failures };
}

/** Returns plugins among the dependencies of the project around the working directory, and the project itself. */
export function findProjectPlugins(workingDirectory: string): readonly PluginCandidate[] {
  const project = nearestPackageDirectory(workingDirectory);
  const packageJson = project === null ? null : readPackageJson(project);
  if (project === null || packageJson === null) return [];
  const source = `dependencies of ${join(project, 'package.json')}`;
  const directories = dependencyNames(packageJson).map((name) => findInstalledPackage(name, project));
  return [project, ...directories].flatMap((directory) =>
    directory === null ? [] : declaredCandidate(directory, source),
  );
}

/** Returns plugins installed in the same node_modules as the host. */
export function findPluginsBesideHost(hostDirectory: string = ownDirectory()): readonly PluginCandidate[] {
  const modules = ancestorsOf(hostDirectory).find((directory) => basename(directory) === 'node_modules');
  if (modules === undefined) return [];
  return packagesIn(modules).flatMap((directory) => declaredCandidate(directory, 'installed next to the host'));
}

function namedCandidate(specifier: string, workingDirectory: string, source: string): PluginCandidate {
  const isPath = isAbsolute(specifier) || /^\.{1,2}(?:[\\/]|$)/.test(specifier);
  const found = isPath
    ? resolve(workingDirectory, specifier)
    : (findInstalledPackage(specifier, workingDirectory) ?? findInstalledPackage(specifier, ownDirectory()));
  const isThere = found !== null && statSync(found, { throwIfNoEntry: false }) !== undefined;
  if (found === null || !isThere) throw new PluginNotInstalledError(specifier, workingDirectory);
  const path = realpathSync(found);
  const isDirectory = statSync(path).isDirectory();
  const packageJson = isDirectory ? readPackageJson(path) : null;
  const declaredType = packageJson === null ? null : declaredTypeOf(packageJson);
  return { specifier, source, path, isDirectory, declaredType };
}

function declaredCandidate(directory: string, source: string): readonly PluginCandidate[] {
  const packageJson = readPackageJson(directory);
  const declaredType = packageJson === null ? null : declaredTypeOf(packageJson);
  if (packageJson === null || declaredType === null) return [];
  const specifier = typeof packageJson.name === 'string' ? packageJson.name : directory;
  return [{ specifier, source, path: realpathSync(directory), isDirectory: true, declaredType }];
}

function dependencyNames(packageJson: JsonObject): readonly string[] {
  const names = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'].flatMap((field) => {
    const dependencies = packageJson[field];
    return isJsonObject(dependencies) ? Object.keys(dependencies) : [];
  });
  return [...new Set(names)];
}

function packagesIn(modules: string): readonly string[] {
  return entriesOf(modules).flatMap((name) => {
    if (name.startsWith('.')) return [];
    const path = join(modules, name);
    return name.startsWith('@') ? entriesOf(path).map((scoped) => join(path, scoped)) : [path];
  });
}

function entriesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

function ownDirectory(): string {
  return dirname(fileURLToPath(import.meta.url));
}
