import type { Command } from 'commander';
import type { WorkPoolContents } from '../../../orchestrators/embedded/administration-types.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { confirm, counted } from '../../input/confirm.js';
import { answer, type JsonOption } from '../../output/output.js';

export function poolDeleteCommand(context: CommandContext): Command {
  const description = 'Deletes a work pool with its queues, deployments, schedules, runs and log lines.';
  const command = newCommand('delete', description)
    .argument('<name>', 'name of the pool')
    .option('--yes', 'do not ask for confirmation')
    .addOption(jsonOption())
    .action((name: string, options: JsonOption & { readonly yes?: boolean }) =>
      withEmbeddedPool(context, command, 'Use `prefect work-pool delete`', async (administration) => {
        const contents = await administration.readWorkPoolContents(name);
        const lost = describeContents(contents);
        if (lost !== null && options.yes !== true) {
          const consequence = `Deleting pool '${name}' deletes ${lost}.`;
          await confirm(context, command, { consequence, verb: 'Delete' });
        }
        await administration.deleteWorkPool(name);
        const text = lost === null ? `Deleted pool ${name}.` : `Deleted pool ${name} with ${lost}.`;
        answer(context, options, { name, deleted: true, contents }, text);
      }),
    );
  return addExamples(command, [
    ['worker-host pool delete mine', 'shows what is deleted with it, and asks for confirmation'],
    ['worker-host pool delete mine --yes', 'for scripts'],
  ]);
}

/** Null: the pool contains nothing. */
function describeContents(contents: WorkPoolContents): string | null {
  const { deployments, schedules, runs, waitingRuns, logLines } = contents;
  if (deployments + runs === 0) return null;
  const waiting = waitingRuns > 0 ? ` (${waitingRuns} still to run)` : '';
  const parts = [
    ...(deployments > 0 ? [`${counted(deployments, 'deployment')} (${counted(schedules, 'schedule')})`] : []),
    ...(runs > 0 ? [`${counted(runs, 'run')}${waiting}`, counted(logLines, 'log line')] : []),
  ];
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}
