import { stringifyJson } from '@worker-host/core';
import type { Command } from 'commander';
import { safeText } from '../../../logging/safe-text.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand, newGroup } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { parseJsonOrText } from '../../input/values.js';
import { answer, type JsonOption } from '../../output/output.js';
import { renderTable } from '../../output/text-table.js';

const INSTEAD = 'Use `prefect variable`';

export function variableCommand(context: CommandContext): Command {
  return newGroup('variable', 'Manages variables. Templates refer to them as {{ prefect.variables.NAME }}.', [
    variableSetCommand(context),
    variableGetCommand(context),
    variableLsCommand(context),
    variableRmCommand(context),
  ]);
}

function variableSetCommand(context: CommandContext): Command {
  const command = newCommand('set', 'Stores or replaces a variable.')
    .argument('<name>', 'name of the variable')
    .argument('<value>', 'the value; JSON if it parses')
    .addOption(jsonOption())
    .action((name: string, text: string, options: JsonOption) =>
      withEmbeddedPool(context, command, INSTEAD, async (administration) => {
        const value = parseJsonOrText(text);
        await administration.setVariable(name, value);
        answer(context, options, { name, value }, `Set variable ${name}.`);
      }),
    );
  return addExamples(command, [
    ['worker-host variable set image public.ecr.aws/docker/library/alpine:3', 'a text'],
    ['worker-host variable set cpu 512', 'a number'],
    ['worker-host variable set label \'"512"\'', 'a text that looks like a number'],
  ]);
}

function variableGetCommand(context: CommandContext): Command {
  const command = newCommand('get', 'Prints the value of a variable.')
    .argument('<name>', 'name of the variable')
    .addOption(jsonOption())
    .action((name: string, options: { json?: boolean }) =>
      withEmbeddedPool(context, command, INSTEAD, async (administration) => {
        const value = await administration.readVariable(name);
        if (options.json || typeof value !== 'string') return context.json(value);
        context.say(value);
      }),
    );
  return addExamples(command, [['worker-host variable get image', 'its value']]);
}

function variableLsCommand(context: CommandContext): Command {
  const command = newCommand('ls', 'Lists the variables with their values.')
    .addOption(jsonOption())
    .action((options: { json?: boolean }) =>
      withEmbeddedPool(context, command, INSTEAD, async (administration) => {
        const variables = await administration.listVariables();
        if (options.json) return context.json(variables);
        const rows = variables.map(({ name, value }) => [
          name,
          safeText(typeof value === 'string' ? value : stringifyJson(value)),
        ]);
        context.say(renderTable([{ heading: 'name' }, { heading: 'value' }], rows));
      }),
    );
  return addExamples(command, [['worker-host variable ls', 'all of them']]);
}

function variableRmCommand(context: CommandContext): Command {
  const command = newCommand('rm', 'Removes a variable.')
    .argument('<name>', 'name of the variable')
    .addOption(jsonOption())
    .action((name: string, options: JsonOption) =>
      withEmbeddedPool(context, command, INSTEAD, async (administration) => {
        await administration.deleteVariable(name);
        answer(context, options, { name, deleted: true }, `Removed variable ${name}.`);
      }),
    );
  return addExamples(command, [['worker-host variable rm image', 'away with it']]);
}
