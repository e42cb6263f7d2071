import type { DependencyContainer } from 'tsyringe';
import { ExtensionFailedError } from './plugin-errors.js';
import { PLUGIN_API_VERSION, type WorkerPlugin } from './worker-plugin.js';

/**
 * Replaces or adds parts of the host and of plugins. A module exports it as `extension`; load it with the setting `extension` of the
 * host, or with `CreateWorkerHostOptions.extensions`.
 */
export interface WorkerExtension {
  readonly kind: 'worker-extension';
  readonly apiVersion: typeof PLUGIN_API_VERSION;
  /** For people, such as `loki-logs`. */
  readonly name: string;
  /** Types of the plugins that it extends, including plugins that extend one of them. Null: all. */
  readonly types: readonly string[] | null;
  /** Registers parts in the container of the host, before any part is created. */
  registerHost(container: DependencyContainer): void;
  /** Registers parts in the container of the plugin, after the plugin itself: the last registration wins. */
  register(container: DependencyContainer): void;
}

/** Creates an extension. Default: for all types, without registrations. */
export function defineExtension(
  parts: Pick<WorkerExtension, 'name'> & Partial<Omit<WorkerExtension, 'kind' | 'apiVersion' | 'name'>>,
): WorkerExtension {
  return Object.freeze({
    kind: 'worker-extension',
    apiVersion: PLUGIN_API_VERSION,
    types: null,
    registerHost() {},
    register() {},
    ...parts,
  });
}

/** Lets extensions register in the container of a host. @throws ExtensionFailedError */
export function extendHost(extensions: readonly WorkerExtension[], container: DependencyContainer): void {
  for (const extension of extensions) {
    try {
      extension.registerHost(container);
    } catch (cause) {
      throw new ExtensionFailedError(extension.name, 'host', cause);
    }
  }
}

/** Lets the extensions that concern a plugin register in its container. @throws ExtensionFailedError */
export function extendPlugin(
  extensions: readonly WorkerExtension[],
  plugin: WorkerPlugin,
  container: DependencyContainer,
): void {
  for (const extension of extensions) {
    if (!extensionConcerns(extension, plugin)) continue;
    try {
      extension.register(container);
    } catch (cause) {
      throw new ExtensionFailedError(extension.name, 'plugin', cause);
    }
  }
}

/** True: the extension registers in the container of the plugin. */
export function extensionConcerns({ types }: WorkerExtension, plugin: WorkerPlugin): boolean {
  return types === null || typesOf(plugin).some((type) => types.includes(type));
}

/** The type of a plugin, then those of the plugins it extends. */
function typesOf({ type, extends: base }: WorkerPlugin): readonly string[] {
  return [type, ...(base === undefined ? [] : typesOf(base))];
}
