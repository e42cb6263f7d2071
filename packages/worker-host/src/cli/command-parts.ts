import { Command, Option } from 'commander';
import { collect } from './input/values.js';

/** A command with its help text. */
export function newCommand(name: string, description: string): Command {
  return new Command(name).description(description);
}

/** Adds the options of every command, below its own. */
export function addCommonOptions(command: Command): void {
  command
    .addOption(commonOption('--home <dir>', "directory of the embedded pool's data (WORKER_HOST_HOME)"))
    .addOption(commonOption('--config <file>', 'configuration file (WORKER_HOST_CONFIG)'))
    .addOption(
      commonOption('--orchestrator <kind>', 'control plane (WORKER_HOST_ORCHESTRATOR)').choices([
        'embedded',
        'prefect',
      ]),
    )
    .addOption(commonOption('--utc', 'print times in UTC instead of local time (WORKER_HOST_UTC)'))
    .addOption(
      commonOption(
        '--plugin <specifier>',
        'a worker plugin: a package, a directory or a file; repeatable (WORKER_HOST_PLUGIN)',
      ).argParser(collect),
    )
    .addOption(
      commonOption(
        '--extension <specifier>',
        'an extension: a package, a directory or a file; repeatable (WORKER_HOST_EXTENSION)',
      ).argParser(collect),
    )
    .addOption(commonOption('--debug', 'show stack traces with errors (WORKER_HOST_DEBUG)'))
    .addHelpOption(commonOption('-h, --help', 'print help'));
}

/** Creates a group of commands. */
export function newGroup(name: string, description: string, commands: readonly Command[]): Command {
  const group = new Command(name)
    .description(description)
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command');
  for (const command of commands) group.addCommand(command);
  return group;
}

/** `--json`, for scripts. */
export function jsonOption(): Option {
  return new Option('--json', 'print JSON, for scripts');
}

/** An option that can be repeated. */
export function repeatable(flags: string, description: string): Option {
  return new Option(flags, description).argParser(collect);
}

/** Adds examples to the help of a command. */
export function addExamples(command: Command, examples: readonly (readonly [line: string, what: string])[]): Command {
  const lines = examples.map(([line, what]) => `  # ${what}\n  ${line}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n\n')}\n`);
}

function commonOption(flags: string, description: string): Option {
  return new Option(flags, description).helpGroup('Common options:');
}
