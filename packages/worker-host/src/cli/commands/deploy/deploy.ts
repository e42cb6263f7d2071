import type { Deployed, DeploymentTool, ToolContext } from '@worker-host/core';
import { Argument, type Command } from 'commander';
import { loadPlugins } from '../../../plugins/load-plugins.js';
import { StackNotDeployedError, ToolNotSupportedError, UsageError } from '../../cli-errors.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand, newGroup, repeatable } from '../../command-parts.js';
import { prefectSettingsFor } from '../../control-plane/control-plane.js';
import { answer, type JsonOption } from '../../output/output.js';
import { renderTable } from '../../output/text-table.js';
import { callTool, loadPluginOf } from '../../plugin-tool.js';

const HELP = 'worker-host deploy --help';
const KINDS = { service: 'the worker', events: 'the queue of infrastructure events' } as const;
const TYPE = ['-t, --type <type>', 'worker type; default: the only one that deploys (WORKER_HOST_TYPE)'] as const;

export function deployCommand(context: CommandContext): Command {
  const kinds = Object.entries(KINDS).map(([kind, what]) => deployKindCommand(context, kind, what));
  return newGroup('deploy', 'Deploys the worker and its resources to the infrastructure of a plugin.', [
    ...kinds,
    listCommand(context),
    statusCommand(context),
    deleteCommand(context),
    exportCommand(context),
  ]);
}

function deployKindCommand(context: CommandContext, kind: string, what: string): Command {
  const command = newCommand(
    kind,
    `Deploys ${what}, or updates its deployment. With --dry-run, only shows the changes.`,
  )
    .option('-n, --name <name>', 'name of the stack; default: derived from the kind')
    .option('-p, --pool <pool>', 'the pool that the worker serves (WORKER_HOST_POOL)')
    .addOption(repeatable('--set <name=value>', 'a template parameter; repeatable'))
    .option('--dry-run', 'only show the changes')
    .option(...TYPE)
    .addOption(jsonOption())
    .action(async (options: { name?: string; set?: readonly string[]; dryRun?: boolean; json?: boolean }) => {
      const settings = await context.settings(command);
      const worker = {
        pool: settings.get('pool') ?? null,
        prefectApiUrl: prefectSettingsFor(settings).apiUrl?.value ?? null,
      };
      const parameters = Object.fromEntries((options.set ?? []).map(parameterOf));
      const isDryRun = options.dryRun ?? false;
      const request = { kind, name: options.name ?? null, parameters, worker, isDryRun };
      const { changes, deployed } = await withDeployment(context, command, (tool, call) => tool.deploy(request, call));
      if (options.json) return context.json({ changes, deployed, isDryRun });
      context.say(changes.length === 0 ? 'Nothing to change.' : changes.join('\n'));
      if (isDryRun) return context.note('Nothing was changed. To deploy, omit --dry-run.');
      if (deployed !== null) context.say(renderDeployed([deployed]));
    });
  return addExamples(command, [
    [`worker-host deploy ${kind} --dry-run`, 'show the changes'],
    [`worker-host deploy ${kind} --set Name=value`, 'with a parameter; export-template shows them'],
  ]);
}

function listCommand(context: CommandContext): Command {
  const command = newCommand('list', 'Lists the deployed stacks.')
    .option(...TYPE)
    .addOption(jsonOption())
    .action(async (options: { json?: boolean }) => {
      const deployed = await withDeployment(context, command, (tool, call) => tool.list(call));
      if (options.json) return context.json(deployed);
      context.say(deployed.length === 0 ? 'Nothing is deployed.' : renderDeployed(deployed));
    });
  return addExamples(command, [['worker-host deploy list', 'name, kind and status of each']]);
}

function statusCommand(context: CommandContext): Command {
  const command = newCommand('status', 'Shows a deployed stack with its outputs.')
    .argument('<name>', 'its name')
    .option(...TYPE)
    .addOption(jsonOption())
    .action(async (name: string, options: { json?: boolean }) => {
      const all = await withDeployment(context, command, (tool, call) => tool.list(call));
      const found = all.find((each) => each.name === name);
      if (found === undefined) throw new StackNotDeployedError(name);
      if (options.json) return context.json(found);
      context.say(renderDeployed([found]));
      for (const [output, value] of Object.entries(found.outputs)) context.say(`${output} = ${value}`);
    });
  return addExamples(command, [['worker-host deploy status worker-host-events', 'its status and outputs']]);
}

function deleteCommand(context: CommandContext): Command {
  const command = newCommand('delete', 'Deletes a deployed stack with its resources.')
    .argument('<name>', 'its name')
    .option('--yes', 'do not ask for confirmation')
    .option(...TYPE)
    .addOption(jsonOption())
    .action(async (name: string, options: JsonOption & { readonly yes?: boolean }) => {
      const { io } = context;
      if (!options.yes) {
        if (!io.stdinIsTerminal) throw new UsageError(`Deleting '${name}' requires --yes.`, HELP);
        if (!/^y(es)?$/i.test((await io.prompt(`Delete '${name}' and all that belongs to it? [y/N] `)).trim())) return;
      }
      await withDeployment(context, command, (tool, call) => tool.delete(name, call));
      answer(context, options, { name, deleted: true }, `Deleted ${name}.`);
    });
  return addExamples(command, [['worker-host deploy delete worker-host-events --yes', 'without being asked']]);
}

function exportCommand(context: CommandContext): Command {
  const command = newCommand('export-template', 'Prints a template and its parameters, to deploy it with other tools.')
    .addArgument(new Argument('<kind>', 'what it deploys').choices(Object.keys(KINDS)))
    .option(...TYPE)
    .action(async (kind: string) => context.say(await withDeployment(context, command, (tool) => tool.template(kind))));
  return addExamples(command, [['worker-host deploy export-template service > service.yaml', 'for other tools']]);
}

async function withDeployment<T>(
  context: CommandContext,
  command: Command,
  use: (tool: DeploymentTool, call: ToolContext) => Promise<T>,
): Promise<T> {
  const settings = await context.settings(command);
  const type = settings.get('type') ?? (await onlyTypeThatDeploys(context, settings.get('plugin') ?? []));
  const plugin = await loadPluginOf(context, settings, type);
  const tool = (await plugin.tools?.())?.deployment;
  if (tool === undefined) throw new ToolNotSupportedError('deploy', type);
  return await callTool({ context, settings, plugin, pool: settings.get('pool') ?? null }, (call) => use(tool, call));
}

async function onlyTypeThatDeploys({ io }: CommandContext, specifiers: readonly string[]): Promise<string> {
  const { plugins } = await loadPlugins({ specifiers, workingDirectory: io.workingDirectory });
  const tools = await Promise.all(plugins.map(async ({ plugin }) => ({ plugin, tools: await plugin.tools?.() })));
  const [only, ...others] = tools.filter(({ tools: each }) => each?.deployment !== undefined);
  if (only !== undefined && others.length === 0) return only.plugin.type;
  throw new UsageError(
    'Cannot determine which plugin deploys. Pass its worker type with --type, and its location with --plugin.',
    HELP,
  );
}

/** Values are texts as they stand: templates say what they take. */
function parameterOf(pair: string): readonly [string, string] {
  const split = pair.indexOf('=');
  if (split <= 0) throw new UsageError(`--set expects name=value, found ${JSON.stringify(pair)}.`, HELP);
  return [pair.slice(0, split), pair.slice(split + 1)];
}

function renderDeployed(all: readonly Deployed[]): string {
  return renderTable(
    [{ heading: 'name' }, { heading: 'kind' }, { heading: 'status' }],
    all.map(({ name, kind, status }) => [name, kind, status]),
  );
}
