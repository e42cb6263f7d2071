import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { newGroup } from '../../command-parts.js';
import { pluginsInspectCommand } from './plugins-inspect.js';
import { pluginsLsCommand } from './plugins-ls.js';
import { pluginsNewCommand } from './plugins-new.js';

export function pluginsCommand(context: CommandContext): Command {
  return newGroup(
    'plugins',
    'Manages worker plugins: given by --plugin, found in the dependencies of your project, or installed next to worker-host.',
    [pluginsLsCommand(context), pluginsInspectCommand(context), pluginsNewCommand(context)],
  );
}
