import type { Command } from 'commander';
import type { Administration } from '../../../orchestrators/embedded/administration-types.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { parseMoment } from '../../input/values.js';
import { answer, type JsonOption } from '../../output/output.js';

const WHICH = 'name or number of the schedule; default: all schedules of the deployment';

export function schedulePauseCommand(context: CommandContext): Command {
  const command = newCommand('pause', 'Pauses a schedule, or all of a deployment, and deletes their scheduled runs.')
    .argument('<deployment>', 'name of the deployment')
    .argument('[schedule]', WHICH)
    .option('--until <time>', 'resume at this time, such as 2026-05-01T12:00:00Z, or after this duration, such as 2h')
    .addOption(jsonOption())
    .action((deployment: string, which: string | undefined, options: JsonOption & { readonly until?: string }) =>
      withEmbeddedPool(context, command, 'Use `prefect deployment schedule pause`', async (administration) => {
        const nowMs = context.io.clock.nowMs();
        const untilMs = options.until === undefined ? null : parseMoment('--until', options.until, nowMs);
        await administration.pauseSchedule(deployment, which ?? null, untilMs);
        const until = untilMs === null ? '' : ` until ${new Date(untilMs).toISOString()}`;
        await answerSchedules(context, administration, {
          deployment,
          options,
          text: `${subjectOf(deployment, which)} paused${until}.`,
        });
      }),
    );
  return addExamples(command, [
    ['worker-host schedule pause nightly --until 2026-12-27T00:00:00Z', 'pause a schedule until a date'],
    ['worker-host schedule pause report weekly', 'one of several schedules, until it is resumed'],
  ]);
}

export function scheduleResumeCommand(context: CommandContext): Command {
  const command = newCommand('resume', 'Resumes a schedule, or all of a deployment. Missed times are not run.')
    .argument('<deployment>', 'name of the deployment')
    .argument('[schedule]', WHICH)
    .addOption(jsonOption())
    .action((deployment: string, which: string | undefined, options: JsonOption) =>
      withEmbeddedPool(context, command, 'Use `prefect deployment schedule resume`', async (administration) => {
        await administration.resumeSchedule(deployment, which ?? null);
        await answerSchedules(context, administration, {
          deployment,
          options,
          text: `${subjectOf(deployment, which)} active.`,
        });
      }),
    );
  return addExamples(command, [['worker-host schedule resume report weekly', 'resume one schedule']]);
}

export function scheduleDeleteCommand(context: CommandContext): Command {
  const command = newCommand('delete', 'Deletes a schedule of a deployment, and its scheduled runs.')
    .argument('<deployment>', 'name of the deployment')
    .argument('<schedule>', 'name or number of the schedule')
    .addOption(jsonOption())
    .action((deployment: string, which: string, options: JsonOption) =>
      withEmbeddedPool(context, command, 'Use `prefect deployment schedule delete`', async (administration) => {
        await administration.deleteSchedule(deployment, which);
        await answerSchedules(context, administration, {
          deployment,
          options,
          text: `Deleted schedule ${which} of deployment ${deployment}.`,
        });
      }),
    );
  return addExamples(command, [['worker-host schedule delete report weekly', 'by its name']]);
}

/** For scripts: the deployment's schedules after the change. */
async function answerSchedules(
  context: CommandContext,
  administration: Administration,
  { deployment, options, text }: { readonly deployment: string; readonly options: JsonOption; readonly text: string },
): Promise<void> {
  answer(context, options, options.json ? await administration.listSchedules(deployment, 1) : null, text);
}

function subjectOf(deployment: string, which: string | undefined): string {
  return which === undefined
    ? `The schedules of deployment ${deployment} are`
    : `Schedule ${which} of deployment ${deployment} is`;
}
