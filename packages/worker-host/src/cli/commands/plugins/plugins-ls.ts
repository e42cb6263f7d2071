import type { Command } from 'commander';
import { loadPlugins } from '../../../plugins/load-plugins.js';
import { describeFailure } from '../../../plugins/plugin-errors.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { renderTable } from '../../output/text-table.js';
import { describePlugin } from '../../plugin-package.js';

const COLUMNS = [{ heading: 'type' }, { heading: 'package' }, { heading: 'what it does' }, { heading: 'found' }];

export function pluginsLsCommand(context: CommandContext): Command {
  const command = newCommand('ls', 'Lists the worker plugins, including those that cannot be loaded.')
    .addOption(jsonOption())
    .action(async (options: { json?: boolean }) => {
      const settings = await context.settings(command);
      const { workingDirectory } = context.io;
      const registry = await loadPlugins({ specifiers: settings.get('plugin') ?? [], workingDirectory });
      const plugins = registry.plugins.map(describePlugin);
      const failures = registry.failures.map(describeFailure);
      if (options.json) return context.json({ plugins, failures });
      if (plugins.length === 0)
        context.note('No plugin was found. Install one in your project, or name one with --plugin.');
      else
        context.say(
          renderTable(
            COLUMNS,
            plugins.map((plugin) => [plugin.type, plugin.package, plugin.description, plugin.source]),
          ),
        );
      for (const failure of failures) context.note(`Cannot be loaded: ${failure}`);
    });
  return addExamples(command, [
    ['worker-host plugins ls', 'list the available worker types'],
    ['worker-host plugins ls --plugin ./my-plugin', 'with one of your own'],
  ]);
}
