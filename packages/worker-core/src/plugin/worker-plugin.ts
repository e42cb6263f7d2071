import type { DependencyContainer } from 'tsyringe';
import type { JobConfigurationClass } from '../configuration/base-job-configuration.js';
import type { VariablesClass } from '../configuration/base-variables.js';
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
  /**
   * Binds `TOKENS.Worker` in a child container that holds all of the host's tokens. Binding does no work; the
   * container is disposed with the worker.
   */
  register(container: DependencyContainer): void;
  /** Lists the settings that the plugin reads, for `config show`. A value need not be valid. Default: it reads none. */
  settings?(environment: Readonly<Record<string, string | undefined>>): readonly PluginSetting[];
  /** Loads what the plugin does for commands, when a command asks for it. Default: nothing. */
  tools?(): Promise<PluginTools>;
}

/** Makes a plugin of its parts, with tag and version filled in. */
export function definePlugin(parts: Omit<WorkerPlugin, 'kind' | 'apiVersion'>): WorkerPlugin {
  return Object.freeze({ kind: 'worker-plugin', apiVersion: PLUGIN_API_VERSION, ...parts });
}
