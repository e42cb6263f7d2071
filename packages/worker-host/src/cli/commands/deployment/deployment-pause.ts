import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../open-embedded-pool.js';

export function deploymentPauseCommand(context: CommandContext): Command {
  const command = newCommand('pause', 'Pauses the schedules of a deployment. You can still run it by hand.')
    .argument('<name>', 'name of the deployment')
    .action((name: string) => setPaused(context, command, name, true));
  return addExamples(command, [['worker-host deployment pause nightly', 'not tonight']]);
}

export function deploymentResumeCommand(context: CommandContext): Command {
  const command = newCommand('resume', 'Resumes the schedules of a deployment.')
    .argument('<name>', 'name of the deployment')
    .action((name: string) => setPaused(context, command, name, false));
  return addExamples(command, [['worker-host deployment resume nightly', 'tonight again']]);
}

function setPaused(context: CommandContext, command: Command, name: string, isPaused: boolean): Promise<void> {
  const instead = `Use \`prefect deployment schedule ${isPaused ? 'pause' : 'resume'}\``;
  return withEmbeddedPool(context, command, instead, async (administration) => {
    await administration.updateDeployment(name, { isPaused });
    context.say(`Deployment ${name} is ${isPaused ? 'paused' : 'active'}.`);
  });
}
