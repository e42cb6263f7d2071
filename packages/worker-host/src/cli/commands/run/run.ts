import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { newCommand } from '../../command-parts.js';

export function runCommand(_context: CommandContext): Command {
  return newCommand('run', 'TO BE WRITTEN');
}
