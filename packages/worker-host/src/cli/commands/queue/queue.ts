import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { newGroup } from '../../command-parts.js';
import { queueCreateCommand } from './queue-create.js';
import { queueDeleteCommand } from './queue-delete.js';
import { queueLsCommand } from './queue-ls.js';
import { queueUpdateCommand } from './queue-update.js';

export function queueCommand(context: CommandContext): Command {
  return newGroup(
    'queue',
    'Manages work queues: priorities and limits within a pool. Each pool has a queue named default.',
    [queueCreateCommand(context), queueLsCommand(context), queueUpdateCommand(context), queueDeleteCommand(context)],
  );
}
