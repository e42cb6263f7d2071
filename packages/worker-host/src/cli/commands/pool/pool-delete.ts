import type { Command } from 'commander';
import type { WorkPoolContents } from '../../../orchestrators/embedded/administration-types.js';
import { InterruptedError, UsageError } from '../../cli-errors.js';
import { type CommandContext, pathOf } from '../../command-context.js';
import { addExamples, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../open-embedded-pool.js';

export function poolDeleteCommand(context: CommandContext): Command {
  const description = 'Deletes a work pool with its queues, deployments, schedules, runs and log lines.';
  const command = newCommand('delete', description)
    .argument('<name>', 'name of the pool')
    .option('--yes', 'delete without asking')
    .action((name: string, options: { yes?: boolean }) =>
      withEmbeddedPool(context, command, 'Use `prefect work-pool delete`', async (administration) => {
        const lost = describeContents(await administration.readWorkPoolContents(name));
        if (lost !== null && options.yes !== true) await confirm(context, command, name, lost);
        await administration.deleteWorkPool(name);
        context.say(lost === null ? `Deleted pool ${name}.` : `Deleted pool ${name} with ${lost}.`);
      }),
    );
  return addExamples(command, [
    ['worker-host pool delete mine', 'says what is deleted with it, and asks'],
    ['worker-host pool delete mine --yes', 'for scripts'],
  ]);
}

async function confirm({ io }: CommandContext, command: Command, name: string, lost: string): Promise<void> {
  const consequence = `Deleting pool '${name}' deletes ${lost}.`;
  if (!io.stdinIsTerminal)
    throw new UsageError(`${consequence} Add --yes to confirm.`, `worker-host ${pathOf(command)} --help`);
  const answer = await io.prompt(`${consequence} Delete? [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new InterruptedError(`Pool '${name}' was not deleted.`);
}

/** Null: nothing is lost with the pool. */
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

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
