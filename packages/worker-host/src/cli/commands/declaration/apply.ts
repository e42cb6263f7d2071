import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { counted } from '../../confirm.js';
import { readDeclaration } from '../../declaration-file.js';
import { describeChanges } from '../../describe-changes.js';
import { EXIT_CODES } from '../../exit-codes.js';
import { withEmbeddedPool } from '../../open-embedded-pool.js';

interface Options {
  readonly file: string;
  readonly prune?: boolean;
  readonly exitCode?: boolean;
  readonly json?: boolean;
}

const FILE = 'YAML, JSON, or TOML where the name ends so; - reads standard input';
const PRUNE = "deployments and limits with the file's label that it does not state are deleted as well";

export function applyCommand(context: CommandContext): Command {
  const command = newCommand(
    'apply',
    'Makes pools, deployments, limits and variables as a file states them: all of it or nothing. What the file does not state stays.',
  )
    .requiredOption('-f, --file <file>', FILE)
    .option('--prune', PRUNE)
    .addOption(jsonOption())
    .action((options: Options) =>
      withEmbeddedPool(context, command, 'Use `prefect deploy`', async (administration) => {
        const declaration = await readDeclaration(context.io, options.file);
        const changes = await administration.applyDeclaration(declaration, options.prune === true);
        if (options.json) return context.json(changes);
        if (changes.length > 0) context.say(describeChanges(changes));
        context.say(changes.length === 0 ? 'Nothing differs.' : `Applied ${counted(changes.length, 'change')}.`);
      }),
    );
  return addExamples(command, [
    ['worker-host apply -f pools.yaml', 'as often as you like: a second time changes nothing'],
    ['worker-host apply -f pools.yaml --prune', 'what left the file is deleted, by its label'],
  ]);
}

export function diffCommand(context: CommandContext): Command {
  const command = newCommand('diff', 'Shows what `apply` would change, and changes nothing.')
    .requiredOption('-f, --file <file>', FILE)
    .option('--prune', PRUNE)
    .option('--exit-code', `exit with ${EXIT_CODES.CONFLICT.code} where something differs`)
    .addOption(jsonOption())
    .action((options: Options) =>
      withEmbeddedPool(context, command, 'Use `prefect deployment inspect`', async (administration) => {
        const declaration = await readDeclaration(context.io, options.file);
        const changes = await administration.compareDeclaration(declaration, options.prune === true);
        if (options.exitCode && changes.length > 0) context.exitCode = EXIT_CODES.CONFLICT.code;
        if (options.json) return context.json(changes);
        context.say(changes.length === 0 ? 'Nothing differs.' : describeChanges(changes));
      }),
    );
  return addExamples(command, [
    ['worker-host diff -f pools.yaml', 'before you apply it'],
    ['worker-host diff -f pools.yaml --exit-code', 'for CI'],
  ]);
}
