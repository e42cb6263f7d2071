import type { Command } from 'commander';
import { safeText } from '../../../logging/safe-text.js';
import type { WorkerView } from '../../../orchestrators/embedded/leases/worker-listing.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { formatWhen } from '../../output/format.js';
import { addOutputOptions, type ListColumn, type OutputOptions, printList } from '../../output/output.js';

export function workersLsCommand(context: CommandContext): Command {
  const command = newCommand(
    'ls',
    'Lists the workers that serve pools, with their start, active runs and last heartbeat.',
  )
    .option('-p, --pool <pool>', 'only of this pool')
    .action((options: OutputOptions & { readonly pool?: string }) =>
      withEmbeddedPool(context, command, 'Use `prefect work-pool inspect`', async (administration) => {
        await printList(context, options, {
          items: await administration.listWorkers(options.pool ?? null),
          columns: columns(context),
          name: ({ name }) => name,
          empty: `No worker was found. Start one with: worker-host start --pool ${options.pool ?? 'POOL'}`,
        });
      }),
    );
  addOutputOptions(command);
  return addExamples(command, [['worker-host workers ls --pool mine', 'the workers of a pool']]);
}

function columns({ io, styles, times }: CommandContext): readonly ListColumn<WorkerView>[] {
  const nowMs = io.clock.nowMs();
  return [
    { heading: 'name', least: 10, cell: ({ name }) => safeText(name) },
    { heading: 'pool', least: 6, leaveOut: 2, cell: ({ workPoolName }) => workPoolName },
    { heading: 'status', cell: ({ status }) => (status === 'dead' ? styles.red('dead') : 'online') },
    { heading: 'runs', alignRight: true, cell: ({ activeRuns, limit }) => `${activeRuns}/${limit ?? '-'}` },
    { heading: 'queues', least: 6, leaveOut: 4, cell: ({ workQueueNames }) => workQueueNames.join(',') || 'all' },
    { heading: 'version', leaveOut: 5, cell: ({ version }) => version ?? '-' },
    { heading: 'heartbeat', alignRight: true, cell: ({ lastHeartbeat }) => formatWhen(lastHeartbeat, nowMs) },
    { heading: 'started', leaveOut: 3, cell: ({ started }) => (started ? times.second(Date.parse(started)) : '-') },
    { heading: 'process', leaveOut: 6, cell: ({ host, osPid }) => `${osPid}@${safeText(host)}` },
    { heading: 'id', isWide: true, cell: ({ id }) => id },
  ];
}
