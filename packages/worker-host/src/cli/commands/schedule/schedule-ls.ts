import type { Command } from 'commander';
import type { ScheduleView } from '../../../orchestrators/embedded/schedules/schedule-types.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { parseCount } from '../../input/values.js';
import { describeSchedule } from '../../output/describe-schedule.js';
import { formatWhen } from '../../output/format.js';
import { renderTable } from '../../output/text-table.js';

const COLUMNS = [
  { heading: 'deployment' },
  { heading: 'schedule' },
  { heading: 'times' },
  { heading: 'next' },
  { heading: 'status' },
];
const NEXT_COLUMNS = [{ heading: 'at' }, { heading: 'when' }, { heading: 'deployment' }, { heading: 'schedule' }];

export function scheduleLsCommand(context: CommandContext): Command {
  const command = newCommand('ls', 'Lists the schedules of a deployment, or of all.')
    .argument('[deployment]', 'name of a deployment')
    .addOption(jsonOption())
    .action((deployment: string | undefined, options: { json?: boolean }) =>
      withEmbeddedPool(context, command, 'Use `prefect deployment schedule ls`', async (administration) => {
        const schedules = await administration.listSchedules(deployment ?? null, 1);
        if (options.json) return context.json(schedules);
        const nowMs = context.io.clock.nowMs();
        const rows = schedules.map((view) => [
          view.deploymentName,
          nameOf(view),
          describeSchedule(view.schedule),
          formatWhen(view.nextTimes[0] ?? null, nowMs),
          statusOf(view),
        ]);
        context.say(renderTable(COLUMNS, rows));
      }),
    );
  return addExamples(command, [['worker-host schedule ls nightly', 'those of one deployment']]);
}

export function scheduleNextCommand(context: CommandContext): Command {
  const command = newCommand('next', 'Shows the next runs of the schedules of a deployment, or of all.')
    .argument('[deployment]', 'name of a deployment')
    .option('--count <times>', 'how many times', '10')
    .addOption(jsonOption())
    .action((deployment: string | undefined, options: { count: string; json?: boolean }) =>
      withEmbeddedPool(context, command, 'Use `prefect deployment schedule ls`', async (administration) => {
        const count = parseCount('--count', options.count, 1);
        const schedules = await administration.listSchedules(deployment ?? null, count);
        const times = schedules
          .flatMap((view) =>
            view.nextTimes.map((at) => ({ at, deployment: view.deploymentName, schedule: nameOf(view) })),
          )
          .sort((a, b) => a.at.localeCompare(b.at))
          .slice(0, count);
        if (options.json) return context.json(times);
        const nowMs = context.io.clock.nowMs();
        const rows = times.map((each) => [each.at, formatWhen(each.at, nowMs), each.deployment, each.schedule]);
        context.say(renderTable(NEXT_COLUMNS, rows));
        for (const { deploymentName, problem } of schedules)
          if (problem !== null) context.note(`A schedule of deployment ${deploymentName} creates no runs: ${problem}`);
      }),
    );
  return addExamples(command, [
    ['worker-host schedule next', 'what comes next, of all deployments'],
    ['worker-host schedule next nightly --count 3', 'three times of one deployment'],
  ]);
}

function nameOf({ schedule, number }: ScheduleView): string {
  return schedule.name ?? String(number);
}

function statusOf({ problem, isPaused, pausedUntil }: ScheduleView): string {
  if (problem !== null) return 'unreadable';
  if (!isPaused) return 'active';
  return pausedUntil === null ? 'paused' : `paused until ${pausedUntil}`;
}
