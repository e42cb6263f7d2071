import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../open-embedded-pool.js';
import { renderTable } from '../../text-table.js';

const COLUMNS = [
  { heading: 'name' },
  { heading: 'type' },
  { heading: 'limit', alignRight: true },
  { heading: 'status' },
];

export function poolLsCommand(context: CommandContext): Command {
  const command = newCommand('ls', 'Lists the work pools.')
    .addOption(jsonOption())
    .action((options: { json?: boolean }) =>
      withEmbeddedPool(context, command, 'Use `prefect work-pool ls`', async (administration) => {
        const pools = await administration.listWorkPools();
        if (options.json) return context.json(pools);
        if (pools.length === 0)
          return context.note('There is no pool yet. Make one: worker-host pool create NAME --type TYPE');
        const rows = pools.map((pool) => [
          pool.name,
          pool.type,
          pool.concurrencyLimit === null ? '-' : String(pool.concurrencyLimit),
          pool.isPaused ? 'paused' : 'open',
        ]);
        context.say(renderTable(COLUMNS, rows));
      }),
    );
  return addExamples(command, [["worker-host pool ls --json | jq -r '.[].name'", 'the names alone']]);
}
