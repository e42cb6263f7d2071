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
  return newGroup(
    'runs',
    'Runs: what waits, what runs, what ran. A run is named by its id, the beginning of it, or its name.',
    [
      runsLsCommand(context),
      runsInspectCommand(context),
      runsAttemptsCommand(context),
      runsLogsCommand(context),
      runsWatchCommand(context),
      runsCancelCommand(context),
      runsRetryCommand(context),
      runsDeleteCommand(context),
      runsPruneCommand(context),
    ],
  );
}
