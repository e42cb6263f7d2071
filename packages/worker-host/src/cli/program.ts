import { Command } from 'commander';
import type { CommandContext } from './command-context.js';
import { addCommonOptions, addExamples } from './command-parts.js';

/** A command, or a group of them, that is loaded only when it is called. */
export interface CommandEntry {
  readonly name: string;
  /** Another name of the same. */
  readonly alias?: string;
  readonly summary: string;
  /** Heading in the list of commands. */
  readonly heading: string;
  readonly load: () => Promise<(context: CommandContext) => Command>;
}

const WORK = 'Work:';
const SETUP = 'Set-up:';

/** Every top-level command, in the order of the help. */
export const COMMAND_ENTRIES: readonly CommandEntry[] = [
  {
    name: 'start',
    summary: 'start a worker that serves a work pool',
    heading: WORK,
    load: async () => (await import('./commands/start/start.js')).startCommand,
  },
  {
    name: 'run',
    summary: 'queue a run of a deployment, or of a command line',
    heading: WORK,
    load: async () => (await import('./commands/run/run.js')).runCommand,
  },
  {
    name: 'runs',
    summary: 'list, inspect, follow and cancel runs',
    heading: WORK,
    load: async () => (await import('./commands/runs/runs.js')).runsCommand,
  },
  {
    name: 'workers',
    summary: 'the workers that serve pools',
    heading: WORK,
    load: async () => (await import('./commands/workers/workers.js')).workersCommand,
  },
  {
    name: 'ui',
    summary: 'a web page of pools, runs, logs and workers',
    heading: WORK,
    load: async () => (await import('./commands/ui/ui.js')).uiCommand,
  },
  {
    name: 'render',
    summary: 'show the requests that a launch sends, and launch nothing',
    heading: WORK,
    load: async () => (await import('./commands/render/render.js')).renderCommand,
  },
  {
    name: 'pool',
    summary: 'work pools: where runs wait, and the template they are launched with',
    heading: SETUP,
    load: async () => (await import('./commands/pool/pool.js')).poolCommand,
  },
  {
    name: 'queue',
    summary: 'work queues: priorities and limits within a pool',
    heading: SETUP,
    load: async () => (await import('./commands/queue/queue.js')).queueCommand,
  },
  {
    name: 'deployment',
    summary: 'deployments: named jobs with defaults and schedules',
    heading: SETUP,
    load: async () => (await import('./commands/deployment/deployment.js')).deploymentCommand,
  },
  {
    name: 'schedule',
    summary: 'schedules: when deployments run by themselves',
    heading: SETUP,
    load: async () => (await import('./commands/schedule/schedule.js')).scheduleCommand,
  },
  {
    name: 'limit',
    summary: 'limits of runs with a concurrency key',
    heading: SETUP,
    load: async () => (await import('./commands/limit/limit.js')).limitCommand,
  },
  {
    name: 'apply',
    summary: 'make pools, deployments, limits and variables as a file states them',
    heading: SETUP,
    load: async () => (await import('./commands/declaration/apply.js')).applyCommand,
  },
  {
    name: 'diff',
    summary: 'what apply would change',
    heading: SETUP,
    load: async () => (await import('./commands/declaration/apply.js')).diffCommand,
  },
  {
    name: 'export',
    summary: 'pools, deployments, limits and variables as a file for apply',
    heading: SETUP,
    load: async () => (await import('./commands/declaration/export.js')).exportCommand,
  },
  {
    name: 'variable',
    summary: 'variables that templates refer to',
    heading: SETUP,
    load: async () => (await import('./commands/variable/variable.js')).variableCommand,
  },
  {
    name: 'secret',
    summary: 'secrets that templates refer to',
    heading: SETUP,
    load: async () => (await import('./commands/secret/secret.js')).secretCommand,
  },
  {
    name: 'doctor',
    summary: 'check what a worker and the runs of a pool need',
    heading: SETUP,
    load: async () => (await import('./commands/doctor/doctor.js')).doctorCommand,
  },
  {
    name: 'backup',
    summary: 'copy the data of the embedded pool, and check the copy',
    heading: SETUP,
    load: async () => (await import('./commands/backup/backup.js')).backupCommand,
  },
  {
    name: 'restore',
    summary: 'check a backup, or put it back',
    heading: SETUP,
    load: async () => (await import('./commands/backup/restore.js')).restoreCommand,
  },
  {
    name: 'db',
    summary: 'the database file: whether it is sound, and how large',
    heading: SETUP,
    load: async () => (await import('./commands/db/db.js')).dbCommand,
  },
  {
    name: 'iam',
    summary: 'write the least rights that a pool takes, and check them',
    heading: SETUP,
    load: async () => (await import('./commands/iam/iam.js')).iamCommand,
  },
  {
    name: 'deploy',
    summary: 'put the worker, and what it needs, onto the infrastructure',
    heading: SETUP,
    load: async () => (await import('./commands/deploy/deploy.js')).deployCommand,
  },
  {
    name: 'config',
    summary: 'the settings in effect, and where each comes from',
    heading: SETUP,
    load: async () => (await import('./commands/config/config.js')).configCommand,
  },
  {
    name: 'plugins',
    alias: 'plugin',
    summary: 'the worker plugins that are found, their templates, and new ones',
    heading: SETUP,
    load: async () => (await import('./commands/plugins/plugins.js')).pluginsCommand,
  },
  {
    name: 'completion',
    summary: 'print completions for bash, zsh or fish',
    heading: SETUP,
    load: async () => {
      const { completionCommand } = await import('./commands/completion/completion.js');
      return (context) => completionCommand(context, () => buildWholeProgram(context));
    },
  },
];

const TOP_EXAMPLES = [
  ['worker-host start --pool my-pool', 'serve a pool; it is made when there is none'],
  ["worker-host run --pool my-pool --watch -- sh -c 'echo hello'", 'queue a command line and follow it to its end'],
  ['worker-host runs ls', 'what ran, what runs, what waits'],
  ['worker-host plugins ls', 'which infrastructure can be used'],
] as const;

/** The program, with only the named command loaded; the others are there for help and suggestions. */
export async function buildProgram(
  context: CommandContext,
  calledName: string | undefined,
  version: string,
): Promise<Command> {
  const program = new Command('worker-host')
    .description(
      'Runs jobs from a work pool on infrastructure: claims each run, launches it, stays with it to its end.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command');
  for (const entry of COMMAND_ENTRIES) {
    const command =
      entry.name === calledName ? (await entry.load())(context) : new Command(entry.name).summary(entry.summary);
    if (entry.alias !== undefined) command.alias(entry.alias);
    program.addCommand(command.summary(entry.summary).helpGroup(entry.heading));
  }
  addExamples(program, TOP_EXAMPLES);
  prepare(program);
  return program;
}

/** The program with every command loaded, for what speaks of all of them. */
export async function buildWholeProgram(context: CommandContext): Promise<Command> {
  const program = new Command('worker-host');
  for (const { load, summary } of COMMAND_ENTRIES) program.addCommand((await load())(context).summary(summary));
  prepare(program);
  return program;
}

function prepare(command: Command): void {
  command.exitOverride().showSuggestionAfterError(true);
  for (const child of command.commands) {
    if (child.commands.length === 0) addCommonOptions(child);
    prepare(child);
  }
}
