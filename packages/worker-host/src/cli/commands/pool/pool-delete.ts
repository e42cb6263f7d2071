import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../open-embedded-pool.js';

export function poolDeleteCommand(context: CommandContext): Command {
  const command = newCommand('delete', 'Deletes a work pool with its queues.')
    .argument('<name>', 'name of the pool')
    .action((name: string) =>
      withEmbeddedPool(context, command, 'Use `prefect work-pool delete`', async (administration) => {
        await administration.deleteWorkPool(name);
        context.say(`Deleted pool ${name}.`);
      }),
    );
  return addExamples(command, [['worker-host pool delete mine', 'away with it']]);
}
