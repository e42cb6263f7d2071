import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { answer, type JsonOption } from '../../output/output.js';

export function deploymentPauseCommand(context: CommandContext): Command {
  const command = newCommand('pause', 'Pauses the schedules of a deployment. You can still run it by hand.')
    .argument('<name>', 'name of the deployment')
    .addOption(jsonOption())
    .action((name: string, options: JsonOption) => setPaused(context, command, { name, options, isPaused: true }));
  return addExamples(command, [['worker-host deployment pause nightly', 'not tonight']]);
}

export function deploymentResumeCommand(context: CommandContext): Command {
  const command = newCommand('resume', 'Resumes the schedules of a deployment.')
    .argument('<name>', 'name of the deployment')
    .addOption(jsonOption())
    .action((name: string, options: JsonOption) => setPaused(context, command, { name, options, isPaused: false }));
  return addExamples(command, [['worker-host deployment resume nightly', 'tonight again']]);
}

function setPaused(
  context: CommandContext,
  command: Command,
  { name, options, isPaused }: { readonly name: string; readonly options: JsonOption; readonly isPaused: boolean },
): Promise<void> {
  const instead = `Use \`prefect deployment schedule ${isPaused ? 'pause' : 'resume'}\``;
  return withEmbeddedPool(context, command, instead, async (administration) => {
    const deployment = await administration.updateDeployment(name, { isPaused });
    answer(context, options, deployment, `Deployment ${name} is ${isPaused ? 'paused' : 'active'}.`);
  });
}
