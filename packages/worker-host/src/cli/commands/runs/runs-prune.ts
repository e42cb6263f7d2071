import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { confirm, counted } from '../../input/confirm.js';

interface Options {
  readonly pool?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function runsPruneCommand(context: CommandContext): Command {
  const command = newCommand(
    'prune',
    'Deletes ended runs beyond the retention of their pools. Workers do the same once an hour.',
  )
    .option('-p, --pool <pool>', 'only this pool')
    .option('--dry-run', 'only count the runs')
    .option('--yes', 'do not ask for confirmation')
    .addOption(jsonOption())
    .action((options: Options) =>
      withEmbeddedPool(context, command, 'Use `prefect server database`', async (administration) => {
        const pool = options.pool ?? null;
        const prunable = await administration.countPrunable(pool);
        const isDone = options.dryRun !== true && prunable > 0;
        if (isDone && options.yes !== true)
          await confirm(context, command, {
            consequence: `This would delete ${counted(prunable, 'run')}.`,
            verb: 'Delete',
          });
        const pruned = isDone ? await administration.prune(pool) : 0;
        if (options.json) return context.json({ prunable, pruned });
        context.say(isDone ? `Deleted ${counted(pruned, 'run')}.` : `${counted(prunable, 'run')} would be deleted.`);
      }),
    );
  return addExamples(command, [
    ['worker-host runs prune --dry-run', 'how many'],
    ['worker-host runs prune --pool mine --yes', 'for scripts'],
  ]);
}
