import type { WorkerPlugin } from '@worker-host/core';
import type { LoadedPlugin } from './load-plugin.js';
import { type PluginFailure, PluginTypeDuplicateError, PluginTypeUnknownError } from './plugin-errors.js';

/** All loaded plugins, by worker type. */
export class PluginRegistry {
  readonly #byType = new Map<string, LoadedPlugin>();
  readonly #declaredOnly = new Set<string>();
  readonly #conflicts = new Map<string, PluginTypeDuplicateError>();
  readonly #failures: PluginFailure[] = [];

  /** In the order of loading. */
  get plugins(): readonly LoadedPlugin[] {
    return [...this.#byType.values()];
  }

  /** Plugins that were found but cannot be used, each with its cause. */
  get failures(): readonly PluginFailure[] {
    return this.#failures;
  }

  /** Types of the loaded plugins and of those that were found but not loaded, sorted. */
  get knownTypes(): readonly string[] {
    return [...new Set([...this.#byType.keys(), ...this.#declaredOnly])].sort();
  }

  has(type: string): boolean {
    return this.#byType.has(type);
  }

  /** @throws PluginTypeDuplicateError naming both, if the type is already served. */
  add(loaded: LoadedPlugin): void {
    const { type } = loaded.plugin;
    const other = this.#byType.get(type);
    if (other?.candidate.path === loaded.candidate.path) return;
    if (other !== undefined) {
      const conflict = new PluginTypeDuplicateError(type, nameOf(other), nameOf(loaded));
      this.#conflicts.set(type, conflict);
      throw conflict;
    }
    this.#byType.set(type, loaded);
  }

  /** Records a plugin that could not be used. */
  addFailure(failure: PluginFailure): void {
    this.#failures.push(failure);
  }

  /** Records a type whose plugin was found and not loaded. */
  addDeclared(type: string): void {
    this.#declaredOnly.add(type);
  }

  /**
   * @throws PluginTypeUnknownError with the known types and all failures, or PluginTypeDuplicateError if two plugins of
   * one source serve the type.
   */
  get(type: string): WorkerPlugin {
    const conflict = this.#conflicts.get(type);
    if (conflict !== undefined) throw conflict;
    const loaded = this.#byType.get(type);
    if (loaded === undefined) throw new PluginTypeUnknownError(type, this.knownTypes, this.#failures);
    return loaded.plugin;
  }
}

function nameOf({ candidate: { specifier, path } }: LoadedPlugin): string {
  return specifier === path ? path : `${specifier} at ${path}`;
}
