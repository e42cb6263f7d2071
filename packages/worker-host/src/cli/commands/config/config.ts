import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { newGroup } from '../../command-parts.js';
import { configSchemaCommand } from './config-schema.js';
import { configShowCommand } from './config-show.js';

export function configCommand(context: CommandContext): Command {
  return newGroup('config', 'Shows the effective settings and their sources.', [
    configShowCommand(context),
    configSchemaCommand(context),
  ]);
}
