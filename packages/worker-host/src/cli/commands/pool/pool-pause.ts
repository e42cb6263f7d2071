import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { answer, type JsonOption } from '../../output/output.js';

export function poolPauseCommand(context: CommandContext): Command {
  const command = newCommand('pause', 'Pauses a pool: its runs are not claimed. Active runs continue.')
    .argument('<name>', 'name of the pool')
    .addOption(jsonOption())
    .action((name: string, options: JsonOption) => setPaused(context, command, { name, options, isPaused: true }));
  return addExamples(command, [['worker-host pool pause mine', 'claim nothing until `pool resume mine`']]);
}

export function poolResumeCommand(context: CommandContext): Command {
  const command = newCommand('resume', 'Resumes a paused pool.')
    .argument('<name>', 'name of the pool')
    .addOption(jsonOption())
    .action((name: string, options: JsonOption) => setPaused(context, command, { name, options, isPaused: false }));
  return addExamples(command, [['worker-host pool resume mine', 'resume a paused pool']]);
}

function setPaused(
  context: CommandContext,
  command: Command,
  { name, options, isPaused }: { readonly name: string; readonly options: JsonOption; readonly isPaused: boolean },
): Promise<void> {
  const instead = `Use \`prefect work-pool ${isPaused ? 'pause' : 'resume'}\``;
  return withEmbeddedPool(context, command, instead, async (administration) => {
    const pool = await administration.updateWorkPool(name, { isPaused });
    answer(context, options, pool, `Pool ${name} is ${isPaused ? 'paused' : 'open'}.`);
  });
}
