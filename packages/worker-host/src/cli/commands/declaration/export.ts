import { type Command, Option } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, newCommand } from '../../command-parts.js';
import { DECLARATION_FORMATS, type DeclarationFormat, writeDeclaration } from '../../declaration-file.js';
import { withEmbeddedPool } from '../../open-embedded-pool.js';

interface Options {
  readonly format: DeclarationFormat;
  readonly schema?: boolean;
}

export function exportCommand(context: CommandContext): Command {
  const command = newCommand(
    'export',
    'Prints pools, deployments, limits and variables as a file for `apply`, in plain text, without secrets and runs.',
  )
    .addOption(new Option('--format <format>', 'format of the file').choices([...DECLARATION_FORMATS]).default('yaml'))
    .option('--schema', 'print the JSON Schema of such files instead')
    .action(async (options: Options) => {
      if (options.schema) {
        const { DECLARATION_SCHEMA } = await import(
          '../../../orchestrators/embedded/deployments/declaration-schema.js'
        );
        return context.json(DECLARATION_SCHEMA);
      }
      await withEmbeddedPool(context, command, 'Use `prefect deployment inspect`', async (administration) => {
        context.say(await writeDeclaration(await administration.readDeclaration(), options.format));
      });
    });
  return addExamples(command, [
    ['worker-host export > pools.yaml', 'to be kept under version control'],
    ['worker-host export --schema > worker-host.schema.json', 'for an editor that completes and checks'],
  ]);
}
