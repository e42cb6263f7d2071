import { findNamed, findPluginsBesideHost, findProjectPlugins, type PluginCandidate } from './find-plugins.js';
import { loadPlugin } from './load-plugin.js';
import { PluginLoadError } from './plugin-errors.js';
import { PluginRegistry } from './plugin-registry.js';

export interface LoadPluginsOptions {
  /** Plugins in the command line or configuration: packages, directories or files. They take precedence. */
  readonly specifiers: readonly string[];
  /** Base of relative paths; the project is searched from it upwards. */
  readonly workingDirectory: string;
  /** Needed type: other plugins that declare another type are not loaded. Null or absent: all. */
  readonly type?: string | null;
  /** Directory of the host's package. Default: the real one. */
  readonly hostDirectory?: string;
}

/**
 * Finds and loads plugins: the configured ones, then those among the project's dependencies, then, for types that none
 * of these serves, those installed next to the host. A type served by an earlier source hides the same type of a later
 * one; two in one source are an error that names both. A plugin that cannot be loaded never hides another.
 *
 * @throws PluginLoadError with every failure if a CONFIGURED one cannot be used. Failures of other plugins are stored
 * in the registry.
 */
export async function loadPlugins(options: LoadPluginsOptions): Promise<PluginRegistry> {
  const registry = new PluginRegistry();
  const wanted = options.type ?? null;
  const named = findNamed(options.specifiers, options.workingDirectory, '--plugin');
  for (const failure of named.failures) registry.addFailure(failure);
  await loadAll(named.candidates, registry, wanted);
  const namedFailed = registry.failures.length > 0;
  await loadAll(findProjectPlugins(options.workingDirectory), registry, wanted);
  if (namedFailed) throw new PluginLoadError(registry.failures);
  if (wanted === null || !registry.has(wanted))
    await loadAll(findPluginsBesideHost(options.hostDirectory), registry, wanted);
  return registry;
}

async function loadAll(
  candidates: readonly PluginCandidate[],
  registry: PluginRegistry,
  wanted: string | null,
): Promise<void> {
  const servedBefore = new Set(registry.plugins.map(({ plugin }) => plugin.type));
  const seen = new Set(registry.plugins.map(({ candidate }) => candidate.path));
  for (const candidate of candidates) {
    const { declaredType, specifier, source, path } = candidate;
    if (seen.has(path) || (declaredType !== null && servedBefore.has(declaredType))) continue;
    seen.add(path);
    if (wanted !== null && declaredType !== null && declaredType !== wanted) {
      registry.addDeclared(declaredType);
      continue;
    }
    try {
      const loaded = await loadPlugin(candidate);
      if (!servedBefore.has(loaded.plugin.type)) registry.add(loaded);
    } catch (cause) {
      registry.addFailure({ specifier, source, cause });
    }
  }
}
