import { Command } from 'commander';
import type { CommandContext } from './command-context.js';
import { addCommonOptions, addExamples } from './command-parts.js';
import { completeOutputOptions } from './output/output.js';

/** A command, or a group of them, that is loaded only when called. */
export interface CommandEntry {
  readonly name: string;
  /** Alias of the command. */
  readonly alias?: string;
  readonly summary: string;
  /** Heading in the list of commands. */
  readonly heading: string;
  readonly load: () => Promise<(context: CommandContext) => Command>;
}

const WORK = 'Work:';
const SETUP = 'Setup:';

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
    summary: 'create a run of a deployment, or of a command line',
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
    summary: 'list the workers that serve pools',
    heading: WORK,
    load: async () => (await import('./commands/workers/workers.js')).workersCommand,
  },
  {
    name: 'top',
    summary: 'show a pool live in the terminal',
    heading: WORK,
    load: async () => (await import('./commands/top/top.js')).topCommand,
  },
  {
    name: 'ui',
    summary: 'serve a web page of pools, runs, logs and workers',
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
    summary: 'work pools: runs of one worker type, and their base job template',
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
    summary: 'schedules of deployments',
    heading: SETUP,
    load: async () => (await import('./commands/schedule/schedule.js')).scheduleCommand,
  },
  {
    name: 'limit',
    summary: 'limits of concurrency keys',
    heading: SETUP,
    load: async () => (await import('./commands/limit/limit.js')).limitCommand,
  },
  {
    name: 'apply',
    summary: 'create and update pools, deployments, limits and variables from a file',
    heading: SETUP,
    load: async () => (await import('./commands/declaration/apply.js')).applyCommand,
  },
  {
    name: 'diff',
    summary: 'show what apply would change',
    heading: SETUP,
    load: async () => (await import('./commands/declaration/apply.js')).diffCommand,
  },
  {
    name: 'export',
    summary: 'print pools, deployments, limits and variables as a file for apply',
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
    summary: 'check the setup of a worker and of a pool',
    heading: SETUP,
    load: async () => (await import('./commands/doctor/doctor.js')).doctorCommand,
  },
  {
    name: 'backup',
    summary: 'back up the embedded pool',
    heading: SETUP,
    load: async () => (await import('./commands/backup/backup.js')).backupCommand,
  },
  {
    name: 'restore',
    summary: 'check or restore a backup',
    heading: SETUP,
    load: async () => (await import('./commands/backup/restore.js')).restoreCommand,
  },
  {
    name: 'db',
    summary: 'check or compact the database file',
    heading: SETUP,
    load: async () => (await import('./commands/db/db.js')).dbCommand,
  },
  {
    name: 'iam',
    summary: 'print and check the least-privilege permissions of a pool',
    heading: SETUP,
    load: async () => (await import('./commands/iam/iam.js')).iamCommand,
  },
  {
    name: 'deploy',
    summary: 'deploy the worker and its resources to the infrastructure',
    heading: SETUP,
    load: async () => (await import('./commands/deploy/deploy.js')).deployCommand,
  },
  {
    name: 'config',
    summary: 'show the effective settings and their sources',
    heading: SETUP,
    load: async () => (await import('./commands/config/config.js')).configCommand,
  },
  {
    name: 'plugins',
    alias: 'plugin',
    summary: 'list worker plugins, print their templates, create new ones',
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
  ['worker-host start --pool my-pool', 'serve a pool; it is created if it does not exist'],
  ["worker-host run --pool my-pool --watch -- sh -c 'echo hello'", 'run a command line, and follow it until it ends'],
  ['worker-host runs ls', 'list runs'],
  ['worker-host plugins ls', 'list the available worker types'],
] as const;

/** Returns the program with only the named command loaded; the others serve help and suggestions. */
export async function buildProgram(
  context: CommandContext,
  calledName: string | undefined,
  version: string,
): Promise<Command> {
  const program = new Command('worker-host')
    .description(
      'Runs jobs from a work pool on infrastructure: claims each run, launches it, and watches it until it ends.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command');
  for (const entry of COMMAND_ENTRIES) {
    const command = entry.name === calledName ? (await entry.load())(context) : new Command(entry.name);
    program.addCommand(described(command, entry).helpGroup(entry.heading));
  }
  addExamples(program, TOP_EXAMPLES);
  prepare(program, context);
  return program;
}

/** Returns the program with every command loaded, for output about all of them. */
export async function buildWholeProgram(context: CommandContext): Promise<Command> {
  const program = new Command('worker-host');
  for (const entry of COMMAND_ENTRIES) program.addCommand(described((await entry.load())(context), entry));
  prepare(program, context);
  return program;
}

function described(command: Command, { alias, summary }: CommandEntry): Command {
  return (alias === undefined ? command : command.alias(alias)).summary(summary);
}

function prepare(command: Command, context: CommandContext): void {
  command.exitOverride().showSuggestionAfterError(true);
  for (const child of command.commands) {
    if (child.commands.length === 0) {
      completeOutputOptions(context, child);
      addCommonOptions(child);
    }
    prepare(child, context);
  }
}
