import type { Command } from 'commander';
import type { HostSettings } from '../../../configuration/resolve-host-settings.js';
import { UsageError } from '../../cli-errors.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand, repeatable } from '../../command-parts.js';
import { withControlPlane } from '../../control-plane/control-plane-reader.js';
import { readBaseJobTemplate } from '../../input/base-job-template-file.js';
import { jobVariablesOf } from '../../input/job-variables.js';
import { loadPluginOf } from '../../plugin-tool.js';
import {
  type AdHocJob,
  type RenderSubject,
  subjectOfDeployment,
  subjectOfPool,
  subjectOfRun,
  subjectOfTemplate,
} from '../../render-subject.js';
import { type PreviewedSubject, previewSubject } from './preview-subject.js';
import { diffPreviews, diffWithInfrastructure, type RequestDiff, renderReport, reportOf } from './render-report.js';

const HELP = 'worker-host render --help';
const REGISTERED = 'registered';

export function renderCommand(context: CommandContext): Command {
  const command = newCommand(
    'render',
    'Shows the requests that a launch sends, without launching: of a deployment, of a run (--run), or of the command line ' +
      'after `--` in a pool. With --base-job-template and --type it needs no control plane.',
  )
    .argument('[deployment]', 'name of a deployment; of a Prefect server <flow>/<deployment>')
    .option('-r, --run <run>', 'id of a run; on the embedded pool also a prefix of the id, or a name')
    .option('-p, --pool <pool>', 'the pool, for a command line (WORKER_HOST_POOL)')
    .option('-t, --type <type>', 'worker type that --base-job-template is for (WORKER_HOST_TYPE)')
    .option('--base-job-template <file>', 'JSON file with a base job template to use instead of that of the pool')
    .addOption(repeatable('--job-variable <name=value>', 'a job variable; the value is JSON if it parses; repeatable'))
    .option('-n, --name <name>', 'name of the worker that would launch it (WORKER_HOST_NAME)')
    .option('--explain', 'show where each value comes from')
    .option('--resolve', 'look up in the infrastructure what a launch needs, such as the network; read-only')
    .option(
      '--diff <with>',
      `show the differences from the definition that is ${REGISTERED}, from deployment:NAME, or from template:FILE`,
    )
    .addOption(jsonOption())
    .action((deployment: string | undefined, options: Options) => render(context, command, deployment, options));
  return addExamples(command, [
    ['worker-host render nightly', 'the requests of a run of a deployment'],
    ['worker-host render nightly --explain', 'where each value comes from'],
    ['worker-host render nightly --diff registered', 'compare with the registered definition'],
    ['worker-host render nightly --diff template:new.json', "compare with another version of the pool's template"],
    ['worker-host render --pool mine --job-variable cpu=512 -- ./report.sh', 'for a command line'],
    ['worker-host render --type my-type --base-job-template template.json -- ./report.sh', 'without pool and server'],
  ]);
}

interface Options {
  readonly run?: string;
  readonly baseJobTemplate?: string;
  readonly jobVariable?: readonly string[];
  readonly explain?: boolean;
  readonly resolve?: boolean;
  readonly diff?: string;
  readonly json?: boolean;
}

async function render(
  context: CommandContext,
  command: Command,
  deployment: string | undefined,
  options: Options,
): Promise<void> {
  const settings = await context.settings(command);
  const job = { jobVariables: jobVariablesOf(options.jobVariable ?? [], context.jobWords) };
  const isOffline =
    deployment === undefined &&
    options.run === undefined &&
    options.baseJobTemplate !== undefined &&
    settings.get('pool') === undefined;
  if (deployment !== undefined && options.run !== undefined)
    throw new UsageError('Pass a deployment or a run, not both.', HELP);
  if (options.run !== undefined && Object.keys(job.jobVariables).length > 0)
    throw new UsageError('--job-variable and a command line cannot be combined with --run.', HELP);
  const show = (subject: RenderSubject, other: Other): Promise<void> =>
    answer(context, settings, { subject, other, options });
  if (isOffline) return await show(templateSubject(context, settings, options, job), noOther(options));
  await withControlPlane(context, settings, async (reader) => {
    const read = async (): Promise<RenderSubject> => {
      if (deployment !== undefined) return await subjectOfDeployment(reader, deployment, job);
      if (options.run !== undefined) return await subjectOfRun(reader, options.run);
      const pool = settings.get('pool');
      if (pool === undefined) throw new UsageError('Pass a deployment, --run, or --pool and a command line.', HELP);
      return await subjectOfPool(reader, pool, job);
    };
    await show(withTemplateFile(await read(), context, options), async (name) =>
      subjectOfDeployment(reader, name, job),
    );
  });
}

/** Reads the deployment of a diff. */
type Other = (deployment: string) => Promise<RenderSubject>;

function noOther({ diff }: Options): Other {
  return async () => {
    throw new UsageError(`--diff ${diff} needs a control plane; omit --base-job-template.`, HELP);
  };
}

function templateSubject(
  { io }: CommandContext,
  settings: HostSettings,
  options: Options,
  job: AdHocJob,
): RenderSubject {
  const type = settings.get('type');
  if (type === undefined) throw new UsageError('Pass --type, the worker type that the template is for.', HELP);
  return subjectOfTemplate(type, readBaseJobTemplate(io.workingDirectory, options.baseJobTemplate ?? ''), job);
}

function withTemplateFile(subject: RenderSubject, { io }: CommandContext, { baseJobTemplate }: Options): RenderSubject {
  if (baseJobTemplate === undefined) return subject;
  return { ...subject, template: readBaseJobTemplate(io.workingDirectory, baseJobTemplate) };
}

async function answer(
  context: CommandContext,
  settings: HostSettings,
  given: { readonly subject: RenderSubject; readonly other: Other; readonly options: Options },
): Promise<void> {
  const { subject, options } = given;
  const plugin = await loadPluginOf(context, settings, subject.type);
  const preview = (each: RenderSubject): Promise<PreviewedSubject> =>
    previewSubject(each, plugin, context, {
      readsInfrastructure: options.resolve === true || options.diff === REGISTERED,
      settings,
    });
  const previewed = await preview(subject);
  const isExplained = options.explain ?? false;
  const report = {
    ...reportOf(previewed, isExplained),
    ...(options.diff === undefined ? {} : { diff: await diffOf(context, options.diff, previewed, given, preview) }),
  };
  if (options.json) return context.json(report);
  context.say(renderReport(report, isExplained));
}

async function diffOf(
  { io }: CommandContext,
  target: string,
  previewed: PreviewedSubject,
  { subject, other }: { readonly subject: RenderSubject; readonly other: Other },
  preview: (subject: RenderSubject) => Promise<PreviewedSubject>,
): Promise<readonly RequestDiff[]> {
  if (target === REGISTERED) return diffWithInfrastructure(previewed.preview);
  const [, kind, name] = /^(deployment|template):(.+)$/.exec(target) ?? [];
  if (kind === undefined || name === undefined)
    throw new UsageError(`--diff expects ${REGISTERED}, deployment:NAME or template:FILE, found '${target}'.`, HELP);
  const compared =
    kind === 'deployment'
      ? await other(name)
      : { ...subject, template: readBaseJobTemplate(io.workingDirectory, name) };
  const { preview: of } = await preview(compared);
  // A template file is the new version, a deployment the old one.
  return kind === 'template'
    ? diffPreviews(previewed.preview, of, { from: "the pool's template", to: name })
    : diffPreviews(of, previewed.preview, { from: `deployment ${name}`, to: subject.deployment?.name ?? 'this job' });
}
