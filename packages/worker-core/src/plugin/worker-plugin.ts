import type { DependencyContainer } from 'tsyringe';
import type { JobConfigurationClass } from '../configuration/base-job-configuration.js';
import type { VariablesClass } from '../configuration/base-variables.js';
import { PluginBaseInvalidError } from './plugin-errors.js';
import type { PluginTools } from './plugin-tools.js';

/** Version of this contract. The host refuses a plugin of another one. */
export const PLUGIN_API_VERSION = 2;

/** A setting of a plugin in the environment of the worker. */
export interface PluginSetting {
  /** Name of the environment variable. */
  readonly name: string;
  /** As it is set. Null: it is not, so that the default counts. */
  readonly value: string | null;
  /** For people. Empty: none. */
  readonly default: string;
}

/**
 * A worker plugin: a value the host finds by pool type. A plugin package exports it as `plugin` and says
 * `"workerHost": { "type": "<type>" }` in its package.json.
 */
export interface WorkerPlugin {
  readonly kind: 'worker-plugin';
  readonly apiVersion: typeof PLUGIN_API_VERSION;
  /** The pool type served: lower-case letters, digits, `-`. */
  readonly type: string;
  /** For people, such as `Local process`. */
  readonly displayName: string;
  /** One sentence for people. */
  readonly description: string;
  /** Class of the configuration a run is rendered to. */
  readonly configuration: JobConfigurationClass;
  /** Class of the variables a pool's form shows. */
  readonly variables: VariablesClass;
  /** The plugin that this one extends. Absent: none. */
  readonly extends?: WorkerPlugin;
  /**
   * Binds `TOKENS.Worker` in a child container that holds all of the host's tokens. Binding does no work; the
   * container is disposed with the worker. Of several registrations of a token the last counts.
   */
  register(container: DependencyContainer): void;
  /** Lists the settings that the plugin reads, for `config show`. A value need not be valid. Default: it reads none. */
  settings?(environment: Readonly<Record<string, string | undefined>>): readonly PluginSetting[];
  /** Loads what the plugin does for commands, when a command asks for it. Default: nothing. */
  tools?(): Promise<PluginTools>;
}

/** What an author writes of a plugin. */
export type PluginParts = Omit<WorkerPlugin, 'kind' | 'apiVersion' | 'extends'>;

/** What an author writes of a plugin that extends another. What is left out is the other's. */
export type ExtendingPluginParts = Pick<PluginParts, 'type'> &
  Partial<Omit<PluginParts, 'type'>> & { readonly extends: WorkerPlugin };

/**
 * Makes a plugin of its parts, with tag and version filled in. One that extends another has the other's parts, its settings
 * beside the other's, and registers after the other, so that its registrations count. Its configuration and variables, where
 * it has its own, are subclasses of the other's.
 *
 * @throws PluginBaseInvalidError
 */
export function definePlugin(parts: PluginParts | ExtendingPluginParts): WorkerPlugin {
  const whole = 'extends' in parts && parts.extends !== undefined ? extended(parts) : (parts as PluginParts);
  return Object.freeze({ kind: 'worker-plugin', apiVersion: PLUGIN_API_VERSION, ...whole });
}

function extended(parts: ExtendingPluginParts): PluginParts {
  const { type, extends: base, configuration, variables } = parts;
  if (typeof base?.register !== 'function') throw new PluginBaseInvalidError(type, 'what it extends is no plugin');
  for (const [name, own, theirs] of [
    ['configuration', configuration, base.configuration],
    ['variables', variables, base.variables],
  ] as const) {
    if (own === undefined || own === theirs || own.prototype instanceof theirs) continue;
    throw new PluginBaseInvalidError(
      type,
      `its ${name} must extend ${theirs.name}, the ${name} of the plugin '${base.type}'`,
    );
  }
  const { kind: _kind, apiVersion: _apiVersion, ...inherited } = base;
  return {
    ...inherited,
    ...parts,
    register(container) {
      base.register(container);
      parts.register?.(container);
    },
    settings: (environment) => [...(base.settings?.(environment) ?? []), ...(parts.settings?.(environment) ?? [])],
  };
}
