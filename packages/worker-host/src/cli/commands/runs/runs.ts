import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { newCommand } from '../../command-parts.js';

export function runsCommand(_context: CommandContext): Command {
  return newCommand('runs', 'TO BE WRITTEN');
}
