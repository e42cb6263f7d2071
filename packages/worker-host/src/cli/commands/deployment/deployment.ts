import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { newGroup } from '../../command-parts.js';
import { deploymentCreateCommand } from './deployment-create.js';
import { deploymentDeleteCommand } from './deployment-delete.js';
import { deploymentInspectCommand } from './deployment-inspect.js';
import { deploymentLsCommand } from './deployment-ls.js';
import { deploymentPauseCommand, deploymentResumeCommand } from './deployment-pause.js';

export function deploymentCommand(context: CommandContext): Command {
  return newGroup(
    'deployment',
    'Manages deployments: named jobs with a pool, job variables, parameters and schedules.',
    [
      deploymentCreateCommand(context),
      deploymentLsCommand(context),
      deploymentInspectCommand(context),
      deploymentPauseCommand(context),
      deploymentResumeCommand(context),
      deploymentDeleteCommand(context),
    ],
  );
}
