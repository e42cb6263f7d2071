import type { Command } from 'commander';
import { safeText } from '../../../logging/safe-text.js';
import type { WorkQueue } from '../../../orchestrators/embedded/administration-types.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { addOutputOptions, type ListColumn, type OutputOptions, printList } from '../../output/output.js';

const COLUMNS: readonly ListColumn<WorkQueue>[] = [
  { heading: 'name', least: 12, cell: ({ name }) => safeText(name) },
  { heading: 'priority', alignRight: true, cell: ({ priority }) => String(priority) },
  { heading: 'limit', alignRight: true, cell: ({ concurrencyLimit }) => String(concurrencyLimit ?? '-') },
  { heading: 'status', cell: ({ isPaused }) => (isPaused ? 'paused' : 'open') },
];

export function queueLsCommand(context: CommandContext): Command {
  const command = newCommand('ls', 'Lists the work queues of a pool, the most urgent first.')
    .requiredOption('-p, --pool <pool>', 'the pool')
    .action((options: OutputOptions & { readonly pool: string }) =>
      withEmbeddedPool(context, command, 'Use `prefect work-queue ls`', async (administration) => {
        await printList(context, options, {
          items: await administration.listWorkQueues(options.pool),
          columns: COLUMNS,
          name: ({ name }) => name,
          empty: `Pool '${options.pool}' has no queue.`,
        });
      }),
    );
  addOutputOptions(command);
  return addExamples(command, [['worker-host queue ls --pool mine', 'the queues of a pool']]);
}
