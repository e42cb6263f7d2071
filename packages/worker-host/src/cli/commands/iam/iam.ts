import type { PermissionsTool } from '@worker-host/core';
import type { Command } from 'commander';
import { ToolNotSupportedError, UsageError } from '../../cli-errors.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand, repeatable } from '../../command-parts.js';
import { withControlPlane } from '../../control-plane/control-plane-reader.js';
import { readBaseJobTemplate } from '../../input/base-job-template-file.js';
import { parseAssignments } from '../../input/values.js';
import { exitCodeOfFindings, renderFindings } from '../../output/findings.js';
import { callTool, loadPluginOf } from '../../plugin-tool.js';
import { configurationOf, type RenderSubject, subjectOfPool, subjectOfTemplate } from '../../render-subject.js';

const HELP = 'worker-host iam --help';

export function iamCommand(context: CommandContext): Command {
  const command = newCommand(
    'iam',
    'Prints the least-privilege policies of the worker and the jobs of a pool, derived from the template of the pool, or ' +
      'from --base-job-template without a control plane. With --check it compares them with the granted permissions.',
  )
    .option('-p, --pool <pool>', 'the pool (WORKER_HOST_POOL)')
    .option('-t, --type <type>', 'worker type that --base-job-template is for (WORKER_HOST_TYPE)')
    .option('--base-job-template <file>', 'JSON file with a base job template to use instead of that of the pool')
    .addOption(repeatable('--job-variable <name=value>', 'a job variable of the runs; repeatable'))
    .addOption(repeatable('--role <role>', 'print only this role, such as worker; repeatable; default: all'))
    .option('--format <format>', 'output format, such as json, terraform or cloudformation; default: json')
    .option('--account <account>', 'account of the jobs, if the configuration does not name it')
    .option('--check', 'check whether the permissions are granted; exit codes as for `doctor`')
    .addOption(jsonOption())
    .action(async (options: Options) => {
      const settings = await context.settings(command);
      const job = { jobVariables: parseAssignments('--job-variable', options.jobVariable ?? []) };
      const { baseJobTemplate: file } = options;
      const { workingDirectory } = context.io;
      const pool = settings.get('pool');
      const answer = (subject: RenderSubject): Promise<void> => write(context, command, subject, options);
      if (pool !== undefined)
        return await withControlPlane(context, settings, async (reader) => {
          const subject = await subjectOfPool(reader, pool, job);
          return await answer(
            file === undefined ? subject : { ...subject, template: readBaseJobTemplate(workingDirectory, file) },
          );
        });
      const type = settings.get('type');
      if (file === undefined || type === undefined)
        throw new UsageError('Pass --pool, or --base-job-template and --type.', HELP);
      return await answer(subjectOfTemplate(type, readBaseJobTemplate(workingDirectory, file), job));
    });
  return addExamples(command, [
    ['worker-host iam --pool mine', 'the policies of all roles, in JSON'],
    ['worker-host iam --pool mine --role worker --format terraform > worker.tf', 'one role, for Terraform'],
    ['worker-host iam --pool mine --check', 'check the granted permissions'],
  ]);
}

interface Options {
  readonly baseJobTemplate?: string;
  readonly jobVariable?: readonly string[];
  readonly role?: readonly string[];
  readonly format?: string;
  readonly account?: string;
  readonly check?: boolean;
  readonly json?: boolean;
}

async function write(
  context: CommandContext,
  command: Command,
  subject: RenderSubject,
  options: Options,
): Promise<void> {
  const settings = await context.settings(command);
  const plugin = await loadPluginOf(context, settings, subject.type);
  const permissions = (await plugin.tools?.())?.permissions;
  if (permissions === undefined) throw new ToolNotSupportedError('iam', subject.type);
  const { roles, format } = chosen(permissions, options);
  const configuration = await configurationOf(subject, plugin, context, settings.get('name'));
  const job = { configuration, flowRun: subject.flowRun };
  const whose = { context, settings, plugin, pool: subject.workPool?.name ?? null };
  if (options.check) {
    const findings = await callTool(whose, (tool) => permissions.check(job, tool));
    context.exitCode = exitCodeOfFindings(findings);
    if (options.json) return context.json({ findings });
    return context.say(renderFindings(findings, context.styles));
  }
  const request = { ...job, roles, format, account: options.account ?? null };
  const { text, notes } = await callTool(whose, (tool) => permissions.write(request, tool));
  if (options.json) return context.json({ format, roles, text, notes });
  context.say(text);
  for (const note of notes) context.note(note);
}

function chosen(
  { roles: known, formats }: PermissionsTool,
  { role: wanted = known, format = formats[0] ?? '' }: Options,
): { readonly roles: readonly string[]; readonly format: string } {
  const unknown = wanted.filter((role) => !known.includes(role));
  if (unknown.length > 0)
    throw new UsageError(`--role expects one of ${known.join(', ')}, found ${unknown.join(', ')}.`, HELP);
  if (!formats.includes(format))
    throw new UsageError(`--format expects one of ${formats.join(', ')}, found ${format}.`, HELP);
  return { roles: wanted, format };
}
