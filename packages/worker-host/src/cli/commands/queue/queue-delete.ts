import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { answer, type JsonOption } from '../../output/output.js';

export function queueDeleteCommand(context: CommandContext): Command {
  const command = newCommand('delete', 'Deletes a work queue. The default queue cannot be deleted.')
    .argument('<name>', 'name of the queue')
    .requiredOption('-p, --pool <pool>', 'the pool')
    .addOption(jsonOption())
    .action((name: string, options: JsonOption & { readonly pool: string }) =>
      withEmbeddedPool(context, command, 'Use `prefect work-queue delete`', async (administration) => {
        await administration.deleteWorkQueue(options.pool, name);
        answer(
          context,
          options,
          { name, workPoolName: options.pool, deleted: true },
          `Deleted queue ${name} of pool ${options.pool}.`,
        );
      }),
    );
  return addExamples(command, [['worker-host queue delete slow --pool mine', 'away with it']]);
}
