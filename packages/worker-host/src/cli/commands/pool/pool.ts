import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { newGroup } from '../../command-parts.js';
import { poolCreateCommand } from './pool-create.js';
import { poolDeleteCommand } from './pool-delete.js';
import { poolInspectCommand } from './pool-inspect.js';
import { poolLimitCommand } from './pool-limit.js';
import { poolLsCommand } from './pool-ls.js';
import { poolPauseCommand, poolResumeCommand } from './pool-pause.js';
import { poolRetentionCommand } from './pool-retention.js';
import { poolSetTemplateCommand } from './pool-set-template.js';

export function poolCommand(context: CommandContext): Command {
  return newGroup('pool', 'Manages work pools.', [
    poolCreateCommand(context),
    poolLsCommand(context),
    poolInspectCommand(context),
    poolSetTemplateCommand(context),
    poolLimitCommand(context),
    poolRetentionCommand(context),
    poolPauseCommand(context),
    poolResumeCommand(context),
    poolDeleteCommand(context),
  ]);
}
