import {
  silentEventSink,
  silentLogger,
  silentMeter,
  type ToolContext,
  type WorkerBindings,
  type WorkerPlugin,
  withPluginContainer,
} from '@worker-host/core';
import type { HostSettings } from '../configuration/resolve-host-settings.js';
import { loadExtensions } from '../plugins/load-extensions.js';
import { loadPlugins } from '../plugins/load-plugins.js';
import type { CommandContext } from './command-context.js';

/** Loads the plugin that serves a type. @throws PluginTypeUnknownError, PluginLoadError */
export async function loadPluginOf(
  context: CommandContext,
  settings: HostSettings,
  type: string,
): Promise<WorkerPlugin> {
  const { workingDirectory } = context.io;
  const registry = await loadPlugins({ specifiers: settings.get('plugin') ?? [], workingDirectory, type });
  return registry.get(type);
}

/** Calls a tool of a plugin with a separate container, with the extensions of a worker. @throws ExtensionLoadError */
export async function callTool<T>(
  { context, settings, plugin, pool }: ToolCall,
  call: (tool: ToolContext) => Promise<T>,
): Promise<T> {
  const extensions = await loadExtensions(settings.get('extension') ?? [], context.io.workingDirectory);
  return await withPluginContainer(plugin, bindingsFor(context, pool), (container) => call({ container }), extensions);
}

/** The plugin and the pool of the call. */
export interface ToolCall {
  readonly context: CommandContext;
  readonly settings: HostSettings;
  readonly plugin: WorkerPlugin;
  /** Null: none yet. */
  readonly pool: string | null;
}

/** Silent: notes for people are in the tool's result. */
function bindingsFor({ io, secrets }: CommandContext, pool: string | null): WorkerBindings {
  const { clock, environment } = io;
  return {
    logger: silentLogger,
    clock,
    meter: silentMeter,
    secrets,
    events: silentEventSink,
    options: { workerName: 'worker-host', workPoolName: pool ?? 'POOL', environment, hostCollectsOutput: false },
  };
}
