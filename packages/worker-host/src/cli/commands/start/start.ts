import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { newCommand } from '../../command-parts.js';

export function startCommand(_context: CommandContext): Command {
  return newCommand('start', 'TO BE WRITTEN');
}
