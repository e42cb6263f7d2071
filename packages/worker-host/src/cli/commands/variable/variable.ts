import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { newCommand } from '../../command-parts.js';

export function variableCommand(_context: CommandContext): Command {
  return newCommand('variable', 'TO BE WRITTEN');
}
