import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { readBaseJobTemplate } from '../../input/base-job-template-file.js';
import { answer, type JsonOption } from '../../output/output.js';

export function poolSetTemplateCommand(context: CommandContext): Command {
  const command = newCommand(
    'set-template',
    'Replaces the base job template of a pool. Workers use it from their next heartbeat.',
  )
    .argument('<name>', 'name of the pool')
    .argument('<file>', 'JSON file with the base job template')
    .addOption(jsonOption())
    .action((name: string, file: string, options: JsonOption) =>
      withEmbeddedPool(
        context,
        command,
        'Use `prefect work-pool update --base-job-template`',
        async (administration) => {
          const baseJobTemplate = readBaseJobTemplate(context.io.workingDirectory, file);
          const pool = await administration.updateWorkPool(name, { baseJobTemplate });
          answer(context, options, pool, `Set the template of pool ${name} from ${file}.`);
        },
      ),
    );
  return addExamples(command, [
    [
      'worker-host pool inspect mine --json | jq .baseJobTemplate > template.json\n  worker-host pool set-template mine template.json',
      'change the template of a pool',
    ],
  ]);
}
