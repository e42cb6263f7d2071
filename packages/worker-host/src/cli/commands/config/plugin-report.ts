import { isWorkerError, type PluginSetting, type WorkerPlugin } from '@worker-host/core';
import { isSecretName } from '../../../configuration/secret-names.js';
import { loadPlugins } from '../../../plugins/load-plugins.js';
import { describeFailure } from '../../../plugins/plugin-errors.js';
import type { PluginRegistry } from '../../../plugins/plugin-registry.js';

const HIDDEN = '********';

/** The settings that a plugin reads, only from the environment. Contains no secret. */
export interface PluginSettingsReport {
  readonly type: string;
  readonly settings: readonly PluginSetting[];
}

export interface PluginReportOptions {
  readonly specifiers: readonly string[];
  readonly workingDirectory: string;
  /** Undefined: all installed plugins. */
  readonly type: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Reports the settings of installed plugins. `warnings`: why a plugin is missing, one line each. */
export async function reportPluginSettings(options: PluginReportOptions): Promise<{
  readonly plugins: readonly PluginSettingsReport[];
  readonly warnings: readonly string[];
}> {
  const { specifiers, workingDirectory, type, environment } = options;
  let registry: PluginRegistry;
  try {
    registry = await loadPlugins({ specifiers, workingDirectory, type: type ?? null });
  } catch (error) {
    if (!isWorkerError(error)) throw error;
    return { plugins: [], warnings: [`The settings of plugins are not listed. ${error.message}`] };
  }
  const plugins = registry.plugins
    .map(({ plugin }) => plugin)
    .filter((plugin) => type === undefined || plugin.type === type)
    .map((plugin) => ({ type: plugin.type, settings: settingsOf(plugin, environment) }));
  const warnings = registry.failures.map(
    (failure) => `The settings of a plugin that cannot be loaded are not listed: ${describeFailure(failure)}`,
  );
  return { plugins, warnings };
}

function settingsOf(plugin: WorkerPlugin, environment: PluginReportOptions['environment']): readonly PluginSetting[] {
  const settings = plugin.settings?.(environment) ?? [];
  return settings.map((each) => (each.value !== null && isSecretName(each.name) ? { ...each, value: HIDDEN } : each));
}
