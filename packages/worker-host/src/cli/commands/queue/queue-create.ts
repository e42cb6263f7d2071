import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { parseCount, parseLimit } from '../../input/values.js';

export function queueCreateCommand(context: CommandContext): Command {
  const command = newCommand('create', 'Creates a work queue in a pool.')
    .argument('<name>', 'name of the queue')
    .requiredOption('-p, --pool <pool>', 'the pool')
    .option('--priority <number>', '1 is the most urgent; default: after all other queues')
    .option('--concurrency-limit <runs>', 'maximum number of active runs, or none', 'none')
    .addOption(jsonOption())
    .action((name: string, options: Options) =>
      withEmbeddedPool(context, command, 'Use `prefect work-queue create`', async (administration) => {
        const concurrencyLimit = parseLimit('--concurrency-limit', options.concurrencyLimit);
        const priority = options.priority === undefined ? undefined : parseCount('--priority', options.priority, 1);
        const queue = await administration.createWorkQueue(options.pool, {
          name,
          concurrencyLimit,
          ...(priority === undefined ? {} : { priority }),
        });
        if (options.json) return context.json(queue);
        context.say(`Created queue ${queue.name} in pool ${options.pool} with priority ${queue.priority}.`);
      }),
    );
  return addExamples(command, [
    ['worker-host queue create urgent --pool mine --priority 1', 'a queue with the highest priority'],
    ['worker-host start --pool mine --work-queue urgent', 'a worker only for that queue'],
  ]);
}

interface Options {
  readonly pool: string;
  readonly priority?: string;
  readonly concurrencyLimit: string;
  readonly json?: boolean;
}
