import { PLUGIN_API_VERSION, type WorkerExtension } from '@worker-host/core';
import { findNamed } from './find-plugins.js';
import { importNamed } from './load-plugin.js';
import { ExtensionLoadError, ExtensionShapeError, type PluginFailure } from './plugin-errors.js';

/**
 * Loads extensions: a package, a directory or a file each, in the given order. Paths are relative to the working directory.
 *
 * @throws ExtensionLoadError with every failure
 */
export async function loadExtensions(
  specifiers: readonly string[],
  workingDirectory: string,
): Promise<readonly WorkerExtension[]> {
  const { candidates, failures: missing } = findNamed(specifiers, workingDirectory, '--extension');
  const failures: PluginFailure[] = [...missing];
  const extensions: WorkerExtension[] = [];
  for (const candidate of candidates) {
    const { specifier, source } = candidate;
    try {
      const { entry, exported } = await importNamed(candidate, 'extension');
      assertExtension(exported, entry);
      extensions.push(exported);
    } catch (cause) {
      failures.push({ specifier, source, cause });
    }
  }
  if (failures.length > 0) throw new ExtensionLoadError(failures);
  return extensions;
}

/** Checks by shape, because a second installed copy of the core may have created it. */
function assertExtension(value: unknown, entry: string): asserts value is WorkerExtension {
  if (typeof value !== 'object' || value === null)
    throw new ExtensionShapeError(entry, ['the module does not export `extension`']);
  const { kind, apiVersion, name, types, registerHost, register } = value as Readonly<Record<string, unknown>>;
  const problems = [
    ...(kind === 'worker-extension' ? [] : [`kind: expected 'worker-extension', got ${String(kind)}`]),
    ...(apiVersion === PLUGIN_API_VERSION
      ? []
      : [`apiVersion: expected ${PLUGIN_API_VERSION}, got ${String(apiVersion)}`]),
    ...(typeof name === 'string' && name !== '' ? [] : ['name: expected a text']),
    ...(types === null || Array.isArray(types) ? [] : ['types: expected a list of types or null']),
    ...(typeof registerHost === 'function' ? [] : ['registerHost: expected a function']),
    ...(typeof register === 'function' ? [] : ['register: expected a function']),
  ];
  if (problems.length > 0) throw new ExtensionShapeError(entry, problems);
}
