import type { WorkPool } from '@worker-host/core';
import type { Command } from 'commander';
import { safeText } from '../../../logging/safe-text.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { addOutputOptions, type ListColumn, type OutputOptions, printList } from '../../output/output.js';

const COLUMNS: readonly ListColumn<WorkPool>[] = [
  { heading: 'name', least: 12, cell: ({ name }) => safeText(name) },
  { heading: 'type', cell: ({ type }) => type },
  { heading: 'limit', alignRight: true, cell: ({ concurrencyLimit }) => String(concurrencyLimit ?? '-') },
  { heading: 'status', cell: ({ isPaused }) => (isPaused ? 'paused' : 'open') },
  { heading: 'id', isWide: true, cell: ({ id }) => id },
];

export function poolLsCommand(context: CommandContext): Command {
  const command = newCommand('ls', 'Lists the work pools.').action((options: OutputOptions) =>
    withEmbeddedPool(context, command, 'Use `prefect work-pool ls`', async (administration) => {
      await printList(context, options, {
        items: await administration.listWorkPools(),
        columns: COLUMNS,
        name: ({ name }) => name,
        empty: 'No pool exists. Create one with: worker-host pool create NAME --type TYPE',
      });
    }),
  );
  addOutputOptions(command);
  return addExamples(command, [['worker-host pool ls -o name', 'the names alone']]);
}
