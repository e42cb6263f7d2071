import type { Command } from 'commander';
import { safeText } from '../../../logging/safe-text.js';
import type { DeploymentView } from '../../../orchestrators/embedded/administration-types.js';
import { nextTimesOf } from '../../../orchestrators/embedded/schedules/schedule-types.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { describeSchedule } from '../../output/describe-schedule.js';
import { formatWhen } from '../../output/format.js';
import { addOutputOptions, type ListColumn, type OutputOptions, printList } from '../../output/output.js';

const MAX_COMMAND_LENGTH = 50;

/** A deployment with the next time (RFC 3339) at which one of its schedules creates a run; null: never. */
interface ListedDeployment extends DeploymentView {
  readonly nextTime: string | null;
}

export function deploymentLsCommand(context: CommandContext): Command {
  const { clock } = context.io;
  const columns: readonly ListColumn<ListedDeployment>[] = [
    { heading: 'name', least: 12, cell: ({ name }) => safeText(name) },
    { heading: 'pool', least: 6, leaveOut: 2, cell: ({ workPoolName }) => workPoolName },
    { heading: 'schedule', least: 12, cell: ({ schedules }) => schedules.map(describeSchedule).join('; ') || '-' },
    { heading: 'next', cell: ({ nextTime }) => formatWhen(nextTime, clock.nowMs()) },
    { heading: 'status', cell: ({ isPaused }) => (isPaused ? 'paused' : 'active') },
    { heading: 'queue', isWide: true, cell: ({ workQueueName }) => workQueueName ?? '-' },
    { heading: 'tags', isWide: true, cell: ({ tags }) => safeText(tags.join(',') || '-') },
    { heading: 'command', least: 10, leaveOut: 1, cell: commandOf },
  ];
  const command = newCommand('ls', 'Lists the deployments.').action((options: OutputOptions) =>
    withEmbeddedPool(context, command, 'Use `prefect deployment ls`', async (administration) => {
      const deployments = await administration.listDeployments();
      const next = nextTimesOf(await administration.listSchedules(null, 1));
      await printList(context, options, {
        items: deployments.map((each) => ({ ...each, nextTime: next.get(each.name) ?? null })),
        columns,
        name: ({ name }) => name,
        empty: 'No deployment exists. Create one with: worker-host deployment create NAME --pool POOL -- COMMAND',
      });
    }),
  );
  addOutputOptions(command);
  return addExamples(command, [['worker-host deployment ls -o name', 'the names alone']]);
}

function commandOf({ jobVariables }: DeploymentView): string {
  const text = safeText(String(jobVariables.command ?? ''));
  return text.length <= MAX_COMMAND_LENGTH ? text : `${text.slice(0, MAX_COMMAND_LENGTH - 1)}…`;
}
