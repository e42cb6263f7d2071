import {
  silentEventSink,
  silentLogger,
  silentMeter,
  type ToolContext,
  type WorkerBindings,
  type WorkerPlugin,
  withPluginContainer,
} from '@worker-host/core';
import type { HostSettings } from '../configuration/host-settings.js';
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

/** Calls a tool of a plugin with a container of its own. */
export async function callTool<T>(
  context: CommandContext,
  plugin: WorkerPlugin,
  pool: string | null,
  call: (tool: ToolContext) => Promise<T>,
): Promise<T> {
  return await withPluginContainer(plugin, bindingsFor(context, pool), (container) => call({ container }));
}

/** Silent: what a person should know is in the tool's answer. */
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
