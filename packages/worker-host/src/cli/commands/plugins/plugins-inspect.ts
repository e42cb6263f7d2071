import { buildBaseJobTemplate, isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';
import type { Command } from 'commander';
import { loadPlugins } from '../../../plugins/load-plugins.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { renderFacts, renderTable } from '../../output/text-table.js';
import { describePlugin } from '../../plugin-package.js';

const COLUMNS = [{ heading: 'variable' }, { heading: 'type' }, { heading: 'default' }, { heading: 'what it is' }];

export function pluginsInspectCommand(context: CommandContext): Command {
  const command = newCommand(
    'inspect',
    'Shows a worker plugin with its job variables. With --json, prints its base job template, as `--base-job-template` accepts it.',
  )
    .argument('<type>', 'worker type')
    .addOption(jsonOption())
    .action(async (type: string, options: { json?: boolean }) => {
      const settings = await context.settings(command);
      const { workingDirectory } = context.io;
      const registry = await loadPlugins({ specifiers: settings.get('plugin') ?? [], workingDirectory, type });
      const plugin = registry.get(type);
      const template = buildBaseJobTemplate(plugin);
      if (options.json) return context.json(template);
      const loaded = registry.plugins.find((each) => each.plugin === plugin);
      const described = loaded === undefined ? null : describePlugin(loaded);
      context.say(
        renderFacts([
          ['type', type],
          ['name', plugin.displayName],
          ['what it does', plugin.description],
          ['package', described?.package ?? '-'],
          ['found', described?.source ?? '-'],
        ]),
      );
      context.say(`\n${renderTable(COLUMNS, variableRows(template))}`);
    });
  return addExamples(command, [
    ['worker-host plugins inspect local-process', 'the job variables of a type'],
    ['worker-host plugins inspect local-process --json > template.json', 'its base job template, to change it'],
  ]);
}

function variableRows(template: JsonObject): readonly (readonly string[])[] {
  const { variables } = template;
  const properties = isJsonObject(variables) && isJsonObject(variables.properties) ? variables.properties : {};
  return Object.entries(properties).map(([name, schema]) => {
    const facts = isJsonObject(schema) ? schema : {};
    const standard = facts.default === undefined || facts.default === null ? '-' : JSON.stringify(facts.default);
    return [name, typeName(facts), standard, typeof facts.description === 'string' ? facts.description : ''];
  });
}

function typeName(schema: JsonObject): string {
  if (Array.isArray(schema.enum)) return schema.enum.join(' | ');
  if (typeof schema.type === 'string') return schema.type;
  if (typeof schema.$ref === 'string') return schema.$ref.replace(/^.*\//, '');
  const branches = Array.isArray(schema.anyOf) ? (schema.anyOf as readonly JsonValue[]) : [];
  const names = branches.map((branch) => (isJsonObject(branch) ? typeName(branch) : '?'));
  return names.filter((name) => name !== 'null').join(' | ') || 'any';
}
