import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../open-embedded-pool.js';
import { watchRun } from '../../watch-run.js';

export function runsWatchCommand(context: CommandContext): Command {
  const command = newCommand('watch', 'Follows a run to its end and exits with the outcome of its job.')
    .argument('<run>', 'id, beginning of an id, or name')
    .action((idOrName: string) =>
      withEmbeddedPool(context, command, 'Use `prefect flow-run logs --follow`', async (administration) => {
        const { flowRun } = await administration.readRun(idOrName);
        context.exitCode = await watchRun(context, administration, flowRun.id);
      }),
    );
  return addExamples(command, [['worker-host runs watch 3f2a && echo good', 'go on only when it completed']]);
}
