import { buildBaseJobTemplate, type JsonObject, nearest } from '@worker-host/core';
import type { Command } from 'commander';
import { loadPlugins } from '../../../plugins/load-plugins.js';
import { PluginTypeUnknownError } from '../../../plugins/plugin-errors.js';
import { UsageError } from '../../cli-errors.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { readBaseJobTemplate } from '../../input/base-job-template-file.js';
import { parseLimit } from '../../input/values.js';
import { addResourceLimitOptions, type ResourceLimitOptions, resourceLimitsOf } from './resource-limit-options.js';

export function poolCreateCommand(context: CommandContext): Command {
  const command = newCommand(
    'create',
    'Creates a work pool for one worker type, with the default template of the type unless another is given.',
  )
    .argument('<name>', 'name of the pool')
    .requiredOption('-t, --type <type>', 'worker type, such as one that `plugins ls` shows')
    .option('--base-job-template <file>', 'JSON file with the base job template')
    .option('--concurrency-limit <runs>', 'maximum number of active runs, or none', 'none')
    .option('--paused', 'create the pool paused')
    .addOption(jsonOption())
    .action((name: string, options: Options) =>
      withEmbeddedPool(context, command, 'Use `prefect work-pool create`', async (pools) => {
        const concurrencyLimit = parseLimit('--concurrency-limit', options.concurrencyLimit);
        const file = options.baseJobTemplate;
        const baseJobTemplate =
          file === undefined
            ? await defaultTemplate(context, command, options.type)
            : readBaseJobTemplate(context.io.workingDirectory, file);
        const isPaused = options.paused ?? false;
        const pool = await pools.createWorkPool({
          name,
          type: options.type,
          baseJobTemplate,
          concurrencyLimit,
          ...resourceLimitsOf(options),
          isPaused,
        });
        if (options.json) return context.json(pool);
        context.say(`Created pool ${pool.name} of type ${pool.type}.`);
        context.note(`Serve it with: worker-host start --pool ${pool.name}`);
      }),
    );
  addResourceLimitOptions(command);
  return addExamples(command, [
    ['worker-host pool create mine --type local-process', 'a pool'],
    ['worker-host pool create few --type local-process --concurrency-limit 5', 'with at most five active runs'],
    [
      'worker-host plugins inspect local-process --json > template.json\n  worker-host pool create own --type local-process --base-job-template template.json',
      'with your own template',
    ],
  ]);
}

interface Options extends ResourceLimitOptions {
  readonly type: string;
  readonly baseJobTemplate?: string;
  readonly concurrencyLimit: string;
  readonly paused?: boolean;
  readonly json?: boolean;
}

/**
 * Returns the template of the type's plugin; an empty one if no plugin is installed, which the first worker replaces.
 *
 * @throws UsageError for a type that resembles a known one, because the type of a pool cannot be changed later
 */
async function defaultTemplate(context: CommandContext, command: Command, type: string): Promise<JsonObject> {
  const settings = await context.settings(command);
  const { workingDirectory } = context.io;
  const registry = await loadPlugins({ specifiers: settings.get('plugin') ?? [], workingDirectory, type });
  try {
    return buildBaseJobTemplate(registry.get(type));
  } catch (error) {
    if (!(error instanceof PluginTypeUnknownError)) throw error;
    const meant = nearest(type, registry.knownTypes);
    if (meant !== undefined)
      throw new UsageError(
        `No plugin found here serves type '${type}'. Did you mean '${meant}'? If not, pass a template with --base-job-template.`,
      );
    context.note(
      `No plugin found here serves type ${type}. Pass --plugin when you start a worker; the worker fills in the template.`,
    );
    return {};
  }
}
