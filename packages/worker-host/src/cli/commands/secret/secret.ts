import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { newCommand } from '../../command-parts.js';

export function secretCommand(_context: CommandContext): Command {
  return newCommand('secret', 'TO BE WRITTEN');
}
