import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { answer, type JsonOption } from '../../output/output.js';

export function deploymentDeleteCommand(context: CommandContext): Command {
  const command = newCommand('delete', 'Deletes a deployment and its waiting runs. Active runs continue.')
    .argument('<name>', 'name of the deployment')
    .addOption(jsonOption())
    .action((name: string, options: JsonOption) =>
      withEmbeddedPool(context, command, 'Use `prefect deployment delete`', async (administration) => {
        await administration.deleteDeployment(name);
        answer(context, options, { name, deleted: true }, `Deleted deployment ${name}.`);
      }),
    );
  return addExamples(command, [['worker-host deployment delete nightly', 'away with it']]);
}
