import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { newCommand } from '../../command-parts.js';

export function poolCommand(_context: CommandContext): Command {
  return newCommand('pool', 'TO BE WRITTEN');
}
