import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../open-embedded-pool.js';
import { renderTable } from '../../text-table.js';

const COLUMNS = [
  { heading: 'name' },
  { heading: 'priority', alignRight: true },
  { heading: 'limit', alignRight: true },
  { heading: 'status' },
];

export function queueLsCommand(context: CommandContext): Command {
  const command = newCommand('ls', 'Lists the work queues of a pool, the most urgent first.')
    .requiredOption('-p, --pool <pool>', 'the pool')
    .addOption(jsonOption())
    .action((options: { pool: string; json?: boolean }) =>
      withEmbeddedPool(context, command, 'Use `prefect work-queue ls`', async (administration) => {
        const queues = await administration.listWorkQueues(options.pool);
        if (options.json) return context.json(queues);
        const rows = queues.map((queue) => [
          queue.name,
          String(queue.priority),
          queue.concurrencyLimit === null ? '-' : String(queue.concurrencyLimit),
          queue.isPaused ? 'paused' : 'open',
        ]);
        context.say(renderTable(COLUMNS, rows));
      }),
    );
  return addExamples(command, [['worker-host queue ls --pool mine', 'the queues of a pool']]);
}
