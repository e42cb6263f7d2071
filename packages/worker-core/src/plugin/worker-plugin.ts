import type { DependencyContainer } from 'tsyringe';
import type { JobConfigurationClass } from '../configuration/base-job-configuration.js';
import type { VariablesClass } from '../configuration/base-variables.js';
import { PluginBaseInvalidError } from './plugin-errors.js';
import type { PluginTools } from './plugin-tools.js';

/** Version of this contract. The host rejects plugins of another version. */
export const PLUGIN_API_VERSION = 2;

/** A setting of a plugin in the environment of the worker. */
export interface PluginSetting {
  /** Name of the environment variable. */
  readonly name: string;
  /** Configured value. Null: not set, so the default applies. */
  readonly value: string | null;
  /** For people. Empty: none. */
  readonly default: string;
}

/**
 * A worker plugin. The host finds it by the type of a pool. A plugin package exports it as `plugin`, and has
 * `"workerHost": { "type": "<type>" }` in its package.json.
 */
export interface WorkerPlugin {
  readonly kind: 'worker-plugin';
  readonly apiVersion: typeof PLUGIN_API_VERSION;
  /** Type of the pools that the plugin serves: lower-case letters, digits, `-`. */
  readonly type: string;
  /** For people, such as `Local process`. */
  readonly displayName: string;
  /** One sentence for people. */
  readonly description: string;
  /** Class of the configuration of a run. */
  readonly configuration: JobConfigurationClass;
  /** Class of the variables in the form of a pool. */
  readonly variables: VariablesClass;
  /** The plugin that this one extends. Absent: none. */
  readonly extends?: WorkerPlugin;
  /**
   * Binds `TOKENS.Worker` in a child container that contains the host's tokens. It only registers; the container is disposed of
   * with the worker. The last registration of a token wins.
   */
  register(container: DependencyContainer): void;
  /** Returns the settings that the plugin reads, for `config show`. Values can be invalid. Default: none. */
  settings?(environment: Readonly<Record<string, string | undefined>>): readonly PluginSetting[];
  /** Loads the tools of the plugin for commands, when a command needs one. Default: none. */
  tools?(): Promise<PluginTools>;
}

/** Definition of a plugin. */
export type PluginParts = Omit<WorkerPlugin, 'kind' | 'apiVersion' | 'extends'>;

/** Definition of a plugin that extends another. Omitted members are inherited. */
export type ExtendingPluginParts = Pick<PluginParts, 'type'> &
  Partial<Omit<PluginParts, 'type'>> & { readonly extends: WorkerPlugin };

/**
 * Creates a plugin. A plugin that extends another inherits its members, adds its settings to those of the base plugin, and registers
 * after it, so that its registrations win. Its own configuration and variables, if any, must be subclasses of the base plugin's.
 *
 * @throws PluginBaseInvalidError
 */
export function definePlugin(parts: PluginParts | ExtendingPluginParts): WorkerPlugin {
  const whole = 'extends' in parts && parts.extends !== undefined ? extended(parts) : (parts as PluginParts);
  return Object.freeze({ kind: 'worker-plugin', apiVersion: PLUGIN_API_VERSION, ...whole });
}

function extended(parts: ExtendingPluginParts): PluginParts {
  const { type, extends: base, configuration, variables } = parts;
  if (typeof base?.register !== 'function')
    throw new PluginBaseInvalidError(type, 'the value that it extends is not a plugin');
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
