import type { WorkPool } from '@worker-host/core';
import type { Command } from 'commander';
import { UsageError } from '../../cli-errors.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { parseLimit } from '../../input/values.js';
import { answer, type JsonOption } from '../../output/output.js';
import { addResourceLimitOptions, type ResourceLimitOptions, resourceLimitsOf } from './resource-limit-options.js';

export function poolLimitCommand(context: CommandContext): Command {
  const command = newCommand(
    'limit',
    'Sets the maximum number of active runs of a pool, and the maximum of their vCPUs and memory.',
  )
    .argument('<name>', 'name of the pool')
    .argument('[runs]', 'a number, or none')
    .addOption(jsonOption())
    .action((name: string, runs: string | undefined, options: JsonOption & ResourceLimitOptions) =>
      withEmbeddedPool(context, command, 'Use `prefect work-pool set-concurrency-limit`', async (administration) => {
        const limits = {
          ...(runs === undefined ? {} : { concurrencyLimit: parseLimit('<runs>', runs) }),
          ...resourceLimitsOf(options),
        };
        if (Object.keys(limits).length === 0)
          throw new UsageError('Pass a number of runs, --vcpu-limit, or --memory-limit.');
        const pool = await administration.updateWorkPool(name, limits);
        answer(context, options, pool, `Limit of pool ${name}: ${describePoolLimits(pool)}.`);
      }),
    );
  addResourceLimitOptions(command);
  return addExamples(command, [
    ['worker-host pool limit mine 5', 'five at once'],
    ['worker-host pool limit mine --vcpu-limit 64 --memory-limit 262144', 'what their tasks may use in all'],
    ['worker-host pool limit mine none', 'no limit of runs'],
  ]);
}

/** Example: `5 runs, 64 vCPUs`. */
export function describePoolLimits({ concurrencyLimit, vcpuLimit, memoryLimitMib }: WorkPool): string {
  const parts = [
    ...(concurrencyLimit === null ? [] : [`${concurrencyLimit} ${concurrencyLimit === 1 ? 'run' : 'runs'}`]),
    ...(vcpuLimit === null ? [] : [`${vcpuLimit} vCPUs`]),
    ...(memoryLimitMib === null ? [] : [`${memoryLimitMib} MiB`]),
  ];
  return parts.length === 0 ? 'none' : parts.join(', ');
}
