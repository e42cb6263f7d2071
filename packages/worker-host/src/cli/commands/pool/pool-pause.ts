import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../open-embedded-pool.js';

export function poolPauseCommand(context: CommandContext): Command {
  const command = newCommand('pause', 'Stops handing out runs of a pool. What runs already goes on.')
    .argument('<name>', 'name of the pool')
    .action((name: string) => setPaused(context, command, name, true));
  return addExamples(command, [['worker-host pool pause mine', 'start nothing new, until `pool resume mine`']]);
}

export function poolResumeCommand(context: CommandContext): Command {
  const command = newCommand('resume', 'Hands out runs of a paused pool again.')
    .argument('<name>', 'name of the pool')
    .action((name: string) => setPaused(context, command, name, false));
  return addExamples(command, [['worker-host pool resume mine', 'go on after `pool pause mine`']]);
}

function setPaused(context: CommandContext, command: Command, name: string, isPaused: boolean): Promise<void> {
  const instead = `Use \`prefect work-pool ${isPaused ? 'pause' : 'resume'}\``;
  return withEmbeddedPool(context, command, instead, async (administration) => {
    await administration.updateWorkPool(name, { isPaused });
    context.say(`Pool ${name} is ${isPaused ? 'paused' : 'open'}.`);
  });
}
