import type { Command } from 'commander';
import type { DeploymentView } from '../../../orchestrators/embedded/administration-types.js';
import type { ScheduleView } from '../../../orchestrators/embedded/schedule-types.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { describeSchedule } from '../../describe-schedule.js';
import { formatWhen } from '../../format.js';
import { withEmbeddedPool } from '../../open-embedded-pool.js';
import { renderTable } from '../../text-table.js';

const COLUMNS = [
  { heading: 'name' },
  { heading: 'pool' },
  { heading: 'schedule' },
  { heading: 'next' },
  { heading: 'status' },
  { heading: 'command' },
];
const MAX_COMMAND_LENGTH = 50;

export function deploymentLsCommand(context: CommandContext): Command {
  const command = newCommand('ls', 'Lists the deployments.')
    .addOption(jsonOption())
    .action((options: { json?: boolean }) =>
      withEmbeddedPool(context, command, 'Use `prefect deployment ls`', async (administration) => {
        const deployments = await administration.listDeployments();
        const schedules = await administration.listSchedules(null, 1);
        if (options.json)
          return context.json(deployments.map((each) => ({ ...each, nextTime: nextOf(each, schedules) })));
        const rows = deployments.map((deployment) => [
          deployment.name,
          deployment.workPoolName,
          deployment.schedules.map(describeSchedule).join('; ') || '-',
          formatWhen(nextOf(deployment, schedules), context.io.clock.nowMs()),
          deployment.isPaused ? 'paused' : 'active',
          shorten(String(deployment.jobVariables.command ?? '')),
        ]);
        context.say(renderTable(COLUMNS, rows));
      }),
    );
  return addExamples(command, [["worker-host deployment ls --json | jq -r '.[].name'", 'the names alone']]);
}

function shorten(text: string): string {
  return text.length <= MAX_COMMAND_LENGTH ? text : `${text.slice(0, MAX_COMMAND_LENGTH - 1)}…`;
}

/** RFC 3339; null: none of its schedules makes runs. */
function nextOf({ name }: DeploymentView, schedules: readonly ScheduleView[]): string | null {
  const times = schedules.filter(({ deploymentName }) => deploymentName === name).flatMap(({ nextTimes }) => nextTimes);
  return [...times].sort()[0] ?? null;
}
