import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { newCommand } from '../../command-parts.js';

export function queueCommand(_context: CommandContext): Command {
  return newCommand('queue', 'TO BE WRITTEN');
}
