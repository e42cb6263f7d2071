import type { Command } from 'commander';
import { safeText } from '../../../logging/safe-text.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand, newGroup } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { describeLimit, type LimitOptions, limitRuleOf, onLimitOption } from '../../input/limit-options.js';
import { answer, type JsonOption } from '../../output/output.js';
import { renderTable } from '../../output/text-table.js';

const COLUMNS = [
  { heading: 'key' },
  { heading: 'limit' },
  { heading: 'active', alignRight: true },
  { heading: 'waiting', alignRight: true },
];

export function limitCommand(context: CommandContext): Command {
  return newGroup('limit', 'Manages the limits of concurrency keys, which apply across all pools.', [
    limitSetCommand(context),
    limitLsCommand(context),
    limitDeleteCommand(context),
  ]);
}

function limitSetCommand(context: CommandContext): Command {
  const command = newCommand('set', 'Sets the limit of a concurrency key. It applies to waiting runs too.')
    .argument('<key>', 'concurrency key')
    .option('--max <runs>', 'maximum number of active runs, or none')
    .option('--rate <runs/time>', 'maximum number of runs started per window, such as 10/1m')
    .addOption(onLimitOption())
    .addOption(jsonOption())
    .action((key: string, options: JsonOption & LimitOptions) =>
      withEmbeddedPool(context, command, 'Use `prefect global-concurrency-limit create`', async (administration) => {
        const rule = limitRuleOf(options);
        await administration.setLimit(key, rule);
        answer(context, options, { key, ...rule }, `Set the limit of ${key}: ${describeLimit(rule)}.`);
      }),
    );
  return addExamples(command, [
    ['worker-host limit set reports-db --max 2', 'two at once; others wait'],
    ['worker-host limit set partner-api --rate 10/1m', 'ten begin within a minute'],
    ['worker-host limit set sync --max 1 --on-limit skip', 'one run at a time; skip runs that are due meanwhile'],
  ]);
}

function limitLsCommand(context: CommandContext): Command {
  const command = newCommand('ls', 'Lists the limits, with the number of runs that count for each.')
    .addOption(jsonOption())
    .action((options: { json?: boolean }) =>
      withEmbeddedPool(context, command, 'Use `prefect global-concurrency-limit ls`', async (administration) => {
        const limits = await administration.listLimits();
        if (options.json) return context.json(limits);
        const rows = limits.map((limit) => [
          safeText(limit.key),
          describeLimit(limit),
          String(limit.activeRuns),
          String(limit.waitingRuns),
        ]);
        context.say(renderTable(COLUMNS, rows));
      }),
    );
  return addExamples(command, [['worker-host limit ls', 'all of them']]);
}

function limitDeleteCommand(context: CommandContext): Command {
  const command = newCommand('delete', 'Deletes a limit. Runs with its key are then not limited.')
    .argument('<key>', 'concurrency key')
    .addOption(jsonOption())
    .action((key: string, options: JsonOption) =>
      withEmbeddedPool(context, command, 'Use `prefect global-concurrency-limit delete`', async (administration) => {
        await administration.deleteLimit(key);
        answer(context, options, { key, deleted: true }, `Deleted the limit of ${key}.`);
      }),
    );
  return addExamples(command, [['worker-host limit delete reports-db', 'remove the limit']]);
}
