import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { newGroup } from '../../command-parts.js';
import { runsAttemptsCommand } from './runs-attempts.js';
import { runsCancelCommand } from './runs-cancel.js';
import { runsDeleteCommand } from './runs-delete.js';
import { runsInspectCommand } from './runs-inspect.js';
import { runsLogsCommand } from './runs-logs.js';
import { runsLsCommand } from './runs-ls.js';
import { runsPruneCommand } from './runs-prune.js';
import { runsRetryCommand } from './runs-retry.js';
import { runsWatchCommand } from './runs-watch.js';

export function runsCommand(context: CommandContext): Command {
  return newGroup('runs', 'Lists, inspects and changes runs. RUN is an id, a unique prefix of an id, or a name.', [
    runsLsCommand(context),
    runsInspectCommand(context),
    runsAttemptsCommand(context),
    runsLogsCommand(context),
    runsWatchCommand(context),
    runsCancelCommand(context),
    runsRetryCommand(context),
    runsDeleteCommand(context),
    runsPruneCommand(context),
  ]);
}
