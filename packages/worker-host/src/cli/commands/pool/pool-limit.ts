import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../open-embedded-pool.js';
import { answer, type JsonOption } from '../../output.js';
import { parseLimit } from '../../values.js';

export function poolLimitCommand(context: CommandContext): Command {
  const command = newCommand('limit', 'Sets the maximum number of active runs of a pool.')
    .argument('<name>', 'name of the pool')
    .argument('<runs>', 'a number, or none')
    .addOption(jsonOption())
    .action((name: string, runs: string, options: JsonOption) =>
      withEmbeddedPool(context, command, 'Use `prefect work-pool set-concurrency-limit`', async (administration) => {
        const concurrencyLimit = parseLimit('<runs>', runs);
        const pool = await administration.updateWorkPool(name, { concurrencyLimit });
        answer(context, options, pool, `Limit of pool ${name}: ${concurrencyLimit ?? 'none'}.`);
      }),
    );
  return addExamples(command, [
    ['worker-host pool limit mine 5', 'five at once'],
    ['worker-host pool limit mine none', 'no limit'],
  ]);
}
