import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { watchRun } from '../../output/watch-run.js';

export function runsWatchCommand(context: CommandContext): Command {
  const command = newCommand(
    'watch',
    'Follows a run until it ends, and exits with its outcome. For scripts: prints the run once it has ended.',
  )
    .argument('<run>', 'an id, a prefix of an id, or a name')
    .addOption(jsonOption())
    .action((idOrName: string, options: { json?: boolean }) =>
      withEmbeddedPool(context, command, 'Use `prefect flow-run logs --follow`', async (administration) => {
        const { flowRun } = await administration.readRun(idOrName);
        context.exitCode = await watchRun(context, administration, flowRun.id, options.json === true);
      }),
    );
  return addExamples(command, [['worker-host runs watch 3f2a && echo good', 'continue only if the run completed']]);
}
