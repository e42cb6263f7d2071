import type { Command } from 'commander';
import { UsageError } from '../../cli-errors.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { parseCount, parseLimit } from '../../input/values.js';
import { answer, type JsonOption } from '../../output/output.js';

export function queueUpdateCommand(context: CommandContext): Command {
  const command = newCommand('update', 'Changes priority or limit of a work queue, or pauses or resumes it.')
    .argument('<name>', 'name of the queue')
    .requiredOption('-p, --pool <pool>', 'the pool')
    .option('--priority <number>', '1 is the most urgent')
    .option('--concurrency-limit <runs>', 'maximum number of active runs, or none')
    .option('--pause', 'pause the queue')
    .option('--resume', 'resume the queue')
    .addOption(jsonOption())
    .action((name: string, options: Options) =>
      withEmbeddedPool(context, command, 'Use `prefect work-queue`', async (administration) => {
        const change = changeOf(options);
        if (Object.keys(change).length === 0)
          throw new UsageError('Pass at least one change.', 'worker-host queue update --help');
        const queue = await administration.updateWorkQueue(options.pool, name, change);
        answer(context, options, queue, `Changed queue ${name} of pool ${options.pool}.`);
      }),
    );
  return addExamples(command, [
    ['worker-host queue update slow --pool mine --concurrency-limit 1', 'one at a time'],
    ['worker-host queue update slow --pool mine --pause', 'pause a queue'],
  ]);
}

interface Options extends JsonOption {
  readonly pool: string;
  readonly priority?: string;
  readonly concurrencyLimit?: string;
  readonly pause?: boolean;
  readonly resume?: boolean;
}

function changeOf(options: Options) {
  if (options.pause && options.resume)
    throw new UsageError('--pause and --resume cannot be combined.', 'worker-host queue update --help');
  return {
    ...(options.priority === undefined ? {} : { priority: parseCount('--priority', options.priority, 1) }),
    ...(options.concurrencyLimit === undefined
      ? {}
      : { concurrencyLimit: parseLimit('--concurrency-limit', options.concurrencyLimit) }),
    ...(options.pause ? { isPaused: true } : {}),
    ...(options.resume ? { isPaused: false } : {}),
  };
}
