import type { Command } from 'commander';
import { UsageError } from '../../cli-errors.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../open-embedded-pool.js';
import { parseCount, parseLimit } from '../../values.js';

export function queueUpdateCommand(context: CommandContext): Command {
  const command = newCommand('update', 'Changes priority, limit or pause of a work queue.')
    .argument('<name>', 'name of the queue')
    .requiredOption('-p, --pool <pool>', 'the pool')
    .option('--priority <number>', '1 is the most urgent')
    .option('--concurrency-limit <runs>', 'most runs pending or running at once, or none')
    .option('--pause', 'hand out no runs of it')
    .option('--resume', 'hand out runs of it again')
    .action((name: string, options: Options) =>
      withEmbeddedPool(context, command, 'Use `prefect work-queue`', async (administration) => {
        const change = changeOf(options);
        if (Object.keys(change).length === 0)
          throw new UsageError('Nothing to change was named.', 'worker-host queue update --help');
        await administration.updateWorkQueue(options.pool, name, change);
        context.say(`Changed queue ${name} of pool ${options.pool}.`);
      }),
    );
  return addExamples(command, [
    ['worker-host queue update slow --pool mine --concurrency-limit 1', 'one at a time'],
    ['worker-host queue update slow --pool mine --pause', 'nothing of it for now'],
  ]);
}

interface Options {
  readonly pool: string;
  readonly priority?: string;
  readonly concurrencyLimit?: string;
  readonly pause?: boolean;
  readonly resume?: boolean;
}

function changeOf(options: Options) {
  if (options.pause && options.resume)
    throw new UsageError('--pause and --resume exclude each other.', 'worker-host queue update --help');
  return {
    ...(options.priority === undefined ? {} : { priority: parseCount('--priority', options.priority, 1) }),
    ...(options.concurrencyLimit === undefined
      ? {}
      : { concurrencyLimit: parseLimit('--concurrency-limit', options.concurrencyLimit) }),
    ...(options.pause ? { isPaused: true } : {}),
    ...(options.resume ? { isPaused: false } : {}),
  };
}
