import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { newCommand } from '../../command-parts.js';

export function pluginsCommand(_context: CommandContext): Command {
  return newCommand('plugins', 'TO BE WRITTEN');
}
