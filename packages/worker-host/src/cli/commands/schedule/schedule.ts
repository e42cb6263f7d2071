import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { newGroup } from '../../command-parts.js';
import { scheduleAddCommand } from './schedule-add.js';
import { scheduleLsCommand, scheduleNextCommand } from './schedule-ls.js';
import { scheduleDeleteCommand, schedulePauseCommand, scheduleResumeCommand } from './schedule-pause.js';

export function scheduleCommand(context: CommandContext): Command {
  return newGroup('schedule', 'Manages the schedules of deployments. A deployment can have several.', [
    scheduleAddCommand(context),
    scheduleLsCommand(context),
    scheduleNextCommand(context),
    schedulePauseCommand(context),
    scheduleResumeCommand(context),
    scheduleDeleteCommand(context),
  ]);
}
