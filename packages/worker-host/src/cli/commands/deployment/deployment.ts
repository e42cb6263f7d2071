import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { newCommand } from '../../command-parts.js';

export function deploymentCommand(_context: CommandContext): Command {
  return newCommand('deployment', 'TO BE WRITTEN');
}
