import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../open-embedded-pool.js';

export function poolPauseCommand(context: CommandContext): Command {
  const command = newCommand('pause', 'Pauses a pool: its runs are not claimed. Active runs continue.')
    .argument('<name>', 'name of the pool')
    .action((name: string) => setPaused(context, command, name, true));
  return addExamples(command, [['worker-host pool pause mine', 'claim nothing until `pool resume mine`']]);
}

export function poolResumeCommand(context: CommandContext): Command {
  const command = newCommand('resume', 'Resumes a paused pool.')
    .argument('<name>', 'name of the pool')
    .action((name: string) => setPaused(context, command, name, false));
  return addExamples(command, [['worker-host pool resume mine', 'resume a paused pool']]);
}

function setPaused(context: CommandContext, command: Command, name: string, isPaused: boolean): Promise<void> {
  const instead = `Use \`prefect work-pool ${isPaused ? 'pause' : 'resume'}\``;
  return withEmbeddedPool(context, command, instead, async (administration) => {
    await administration.updateWorkPool(name, { isPaused });
    context.say(`Pool ${name} is ${isPaused ? 'paused' : 'open'}.`);
  });
}
