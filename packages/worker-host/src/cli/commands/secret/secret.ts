import { stringifyJson } from '@worker-host/core';
import type { Command } from 'commander';
import { UsageError } from '../../cli-errors.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand, newGroup } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { answer, type JsonOption } from '../../output/output.js';
import { renderTable } from '../../output/text-table.js';
import { secretRotateCommand } from './secret-rotate.js';

const INSTEAD = 'Use `prefect block`';

export function secretCommand(context: CommandContext): Command {
  return newGroup('secret', 'Manages secrets. Templates refer to them as {{ prefect.blocks.secret.NAME }}.', [
    secretSetCommand(context),
    secretGetCommand(context),
    secretLsCommand(context),
    secretRmCommand(context),
    secretRotateCommand(context),
  ]);
}

function secretSetCommand(context: CommandContext): Command {
  const command = newCommand(
    'set',
    'Stores or replaces a secret. The value is read from standard input, or prompted for; it is never ' +
      'part of the command line, where other users and the shell history could see it.',
  )
    .argument('<name>', 'name of the secret')
    .addOption(jsonOption())
    .action((name: string, options: JsonOption) =>
      withEmbeddedPool(context, command, INSTEAD, async (administration) => {
        const value = await readSecretValue(context, name);
        await administration.setSecret(name, value);
        answer(context, options, { name }, `Set secret ${name}.`);
      }),
    );
  return addExamples(command, [
    ['worker-host secret set api-token', 'ask for the value'],
    ['worker-host secret set api-token < token.txt', 'read the value from a file'],
  ]);
}

function secretGetCommand(context: CommandContext): Command {
  const command = newCommand('get', 'Prints the value of a secret.')
    .argument('<name>', 'name of the secret')
    .action((name: string) =>
      withEmbeddedPool(context, command, INSTEAD, async (administration) => {
        const value = await administration.readSecret(name);
        context.io.out(`${typeof value === 'string' ? value : stringifyJson(value)}\n`);
      }),
    );
  return addExamples(command, [['worker-host secret get api-token | wc -c', 'the length of a secret']]);
}

function secretLsCommand(context: CommandContext): Command {
  const command = newCommand('ls', 'Lists the names of the secrets, never their values.')
    .addOption(jsonOption())
    .action((options: { json?: boolean }) =>
      withEmbeddedPool(context, command, INSTEAD, async (administration) => {
        const secrets = await administration.listSecrets();
        if (options.json) return context.json(secrets);
        const rows = secrets.map(({ name, updated }) => [name, updated]);
        context.say(renderTable([{ heading: 'name' }, { heading: 'updated' }], rows));
      }),
    );
  return addExamples(command, [['worker-host secret ls', 'all of them']]);
}

function secretRmCommand(context: CommandContext): Command {
  const command = newCommand('rm', 'Removes a secret.')
    .argument('<name>', 'name of the secret')
    .addOption(jsonOption())
    .action((name: string, options: JsonOption) =>
      withEmbeddedPool(context, command, INSTEAD, async (administration) => {
        await administration.deleteSecret(name);
        answer(context, options, { name, deleted: true }, `Removed secret ${name}.`);
      }),
    );
  return addExamples(command, [['worker-host secret rm api-token', 'away with it']]);
}

/** Removes one line break at the end, which an editor or shell adds. */
async function readSecretValue(context: CommandContext, name: string): Promise<string> {
  const { io } = context;
  const typed = io.stdinIsTerminal ? await io.promptHidden(`Value of ${name}: `) : await io.readInput();
  const value = typed.replace(/\r?\n$/, '');
  if (value === '') throw new UsageError('The value of a secret cannot be empty.', 'worker-host secret set --help');
  context.secrets.add(value);
  return value;
}
