import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { newGroup } from '../../command-parts.js';
import { workersLsCommand } from './workers-ls.js';

export function workersCommand(context: CommandContext): Command {
  return newGroup('workers', 'Lists workers: the processes that serve pools.', [workersLsCommand(context)]);
}
