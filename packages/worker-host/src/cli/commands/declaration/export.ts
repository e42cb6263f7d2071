import { type Command, Option } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { DECLARATION_FORMATS, type DeclarationFormat, writeDeclaration } from '../../input/declaration-file.js';
import { writePrefectProject } from '../../prefect-file/write-prefect-project.js';

interface Options {
  readonly format: DeclarationFormat;
  readonly prefect?: string;
  readonly schema?: boolean;
}

export function exportCommand(context: CommandContext): Command {
  const command = newCommand(
    'export',
    'Prints pools, deployments, limits and variables as a file for `apply`, in plain text, without secrets and runs.',
  )
    .addOption(new Option('--format <format>', 'format of the file').choices([...DECLARATION_FORMATS]).default('yaml'))
    .option(
      '--prefect <directory>',
      'write the deployments as a prefect.yaml for `prefect deploy --all` into this directory',
    )
    .option('--schema', 'print the JSON Schema of such files instead')
    .action(async (options: Options) => {
      if (options.schema) {
        const { DECLARATION_SCHEMA } = await import(
          '../../../orchestrators/embedded/deployments/declaration-schema.js'
        );
        return context.json(DECLARATION_SCHEMA);
      }
      await withEmbeddedPool(context, command, 'Use `prefect deployment inspect`', async (administration) => {
        const declaration = await administration.readDeclaration();
        if (options.prefect === undefined) return context.say(await writeDeclaration(declaration, options.format));
        await writePrefectProject(context, declaration, options.prefect);
      });
    });
  return addExamples(command, [
    ['worker-host export > pools.yaml', 'to be kept under version control'],
    ['worker-host export --prefect project', 'to move to a Prefect server: cd project && prefect deploy --all'],
    ['worker-host export --schema > worker-host.schema.json', 'for an editor that completes and checks'],
  ]);
}
