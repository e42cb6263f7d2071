import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../open-embedded-pool.js';
import { renderTable } from '../../text-table.js';
import { describeSchedule } from './describe-schedule.js';

const COLUMNS = [
  { heading: 'name' },
  { heading: 'pool' },
  { heading: 'schedule' },
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
        if (options.json) return context.json(deployments);
        const rows = deployments.map((deployment) => [
          deployment.name,
          deployment.workPoolName,
          deployment.schedules.map(describeSchedule).join('; ') || '-',
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
