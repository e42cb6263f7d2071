import type { JsonObject } from '@worker-host/core';
import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand, repeatable } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { EXIT_CODES } from '../../exit-codes.js';
import { counted } from '../../input/confirm.js';
import { readDeclaration } from '../../input/declaration-file.js';
import { parseAssignments } from '../../input/values.js';
import { describeChanges } from '../../output/describe-changes.js';

interface Options {
  readonly file: string;
  readonly prune?: boolean;
  readonly set?: readonly string[];
  readonly exitCode?: boolean;
  readonly json?: boolean;
}

const FILE = 'YAML, JSON or TOML, by the extension of the name, or a prefect.yaml; - reads standard input';
const SET = 'of a prefect.yaml: the value of {{ name }}, which a build step would set; repeatable';
const PRUNE = 'also delete deployments and limits with the label of the file that it omits';

function outputsOf({ set = [] }: Options): JsonObject {
  return parseAssignments('--set', set);
}

export function applyCommand(context: CommandContext): Command {
  const command = newCommand(
    'apply',
    'Creates and updates pools, deployments, limits and variables from a file, in one transaction. Objects that the file omits do not change.',
  )
    .requiredOption('-f, --file <file>', FILE)
    .option('--prune', PRUNE)
    .addOption(repeatable('--set <name=value>', SET))
    .addOption(jsonOption())
    .action((options: Options) =>
      withEmbeddedPool(context, command, 'Use `prefect deploy`', async (administration) => {
        const declaration = await readDeclaration(context, administration, options.file, outputsOf(options));
        const changes = await administration.applyDeclaration(declaration, options.prune === true);
        if (options.json) return context.json(changes);
        if (changes.length > 0) context.say(describeChanges(changes));
        context.say(changes.length === 0 ? 'Nothing differs.' : `Applied ${counted(changes.length, 'change')}.`);
      }),
    );
  return addExamples(command, [
    ['worker-host apply -f pools.yaml', 'idempotent: a second run changes nothing'],
    ['worker-host apply -f prefect.yaml --set image=repo/etl:1.4', 'the deployments of a Prefect project'],
    ['worker-host apply -f pools.yaml --prune', 'also delete what was removed from the file'],
  ]);
}

export function diffCommand(context: CommandContext): Command {
  const command = newCommand('diff', 'Shows what `apply` would change, and changes nothing.')
    .requiredOption('-f, --file <file>', FILE)
    .option('--prune', PRUNE)
    .addOption(repeatable('--set <name=value>', SET))
    .option('--exit-code', `exit with ${EXIT_CODES.CONFLICT.code} where something differs`)
    .addOption(jsonOption())
    .action((options: Options) =>
      withEmbeddedPool(context, command, 'Use `prefect deployment inspect`', async (administration) => {
        const declaration = await readDeclaration(context, administration, options.file, outputsOf(options));
        const changes = await administration.compareDeclaration(declaration, options.prune === true);
        if (options.exitCode && changes.length > 0) context.exitCode = EXIT_CODES.CONFLICT.code;
        if (options.json) return context.json(changes);
        context.say(changes.length === 0 ? 'Nothing differs.' : describeChanges(changes));
      }),
    );
  return addExamples(command, [
    ['worker-host diff -f pools.yaml', 'preview the changes'],
    ['worker-host diff -f pools.yaml --exit-code', 'for CI'],
  ]);
}
