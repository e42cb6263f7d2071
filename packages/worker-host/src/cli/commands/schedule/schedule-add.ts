import type { Command } from 'commander';
import { UsageError } from '../../cli-errors.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand, repeatable } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { addScheduleOptions, namedRules, type ScheduleOptions, schedulesOf } from '../../input/schedule-options.js';
import { parseAssignments } from '../../input/values.js';
import { describeSchedule } from '../../output/describe-schedule.js';

interface Options extends ScheduleOptions {
  readonly name?: string;
  readonly json?: boolean;
  readonly param?: readonly string[];
}

export function scheduleAddCommand(context: CommandContext): Command {
  const command = newCommand('add', 'Adds a schedule to a deployment.')
    .argument('<deployment>', 'name of the deployment')
    .option('-n, --name <name>', 'name of the schedule; a named schedule creates its own runs')
    .addOption(
      repeatable('--param <name=value>', 'a parameter of its runs; the value is JSON if it parses; repeatable'),
    )
    .addOption(jsonOption())
    .action((deployment: string, options: Options) =>
      withEmbeddedPool(context, command, 'Use `prefect deployment schedule create`', async (administration) => {
        const schedules = schedulesOf(
          options,
          namedRules(options.name, parseAssignments('--param', options.param ?? [])),
        );
        const [schedule, ...others] = schedules;
        if (schedule === undefined || others.length > 0)
          throw new UsageError('Pass --cron, --rrule or --interval.', 'worker-host schedule add --help');
        await administration.addSchedule(deployment, schedule);
        if (options.json) return context.json({ deploymentName: deployment, schedule });
        context.say(`Added a schedule to deployment ${deployment}: ${describeSchedule(schedule)}.`);
        context.note(`See its times with: worker-host schedule next ${deployment}`);
      }),
    );
  addScheduleOptions(command);
  return addExamples(command, [
    [
      'worker-host schedule add report --name weekly --cron "0 7 * * 1" --timezone Europe/Berlin --param full=true',
      'on Mondays, with a parameter',
    ],
    [
      'worker-host schedule add sync --interval 5m --overlap skip --jitter 30s',
      'never two runs at a time, with a random delay',
    ],
  ]);
}
