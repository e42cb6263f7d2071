import { nearest } from '@worker-host/core';
import { Command, CommanderError } from 'commander';
import { environmentNameOf } from '../configuration/setting-definitions.js';
import { packageVersion } from '../package-version.js';
import { UsageError } from './cli-errors.js';
import { CommandContext } from './command-context.js';
import type { CommandIo } from './command-io.js';
import { addCommonOptions } from './command-parts.js';
import { reportError } from './exit.js';
import { EXIT_CODES } from './exit-codes.js';
import { buildProgram, COMMAND_ENTRIES } from './program.js';

const END_OF_OPTIONS = '--';
const HELP_CODES = ['commander.help', 'commander.helpDisplayed', 'commander.version'];

/**
 * Runs a command line, without the names of interpreter and script, and resolves with the exit code. Never throws and
 * never ends the process.
 */
export async function executeCommandLine(words: readonly string[], io: CommandIo): Promise<number> {
  const split = words.indexOf(END_OF_OPTIONS);
  const ownWords = withHelpOption(withCommonOptionsLast(split < 0 ? words : words.slice(0, split)));
  const context = new CommandContext(io, split < 0 ? null : words.slice(split + 1));
  let program: Command | undefined;
  try {
    program = await buildProgram(context, calledNameIn(ownWords), packageVersion());
    for (const command of [program, ...program.commands, ...program.commands.flatMap((each) => each.commands)])
      command.configureOutput({ writeOut: io.out, writeErr: io.out, outputError: () => {} });
    assertKnownCommands(program, ownWords);
    await program.parseAsync([...ownWords], { from: 'user' });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError && HELP_CODES.includes(error.code)) return helpExitCode(error);
    return reportError(withHelpCommand(error, helpCommandFor(program, ownWords)), io, context.secrets, {
      log: context.log,
      asJson: isForScripts(ownWords),
      withStacks: ownWords.includes('--debug') || isOn(io.environment[environmentNameOf('debug')]),
    });
  }
}

/** `runs ls --debug` for `--debug runs ls`: commander knows the options that all commands have only behind the command. */
function withCommonOptionsLast(words: readonly string[]): readonly string[] {
  const common = new Command();
  addCommonOptions(common);
  let first = 0;
  for (; first < words.length; first += 1) {
    const word = words[first] ?? '';
    const option = common.options.find(
      ({ long }) => long !== undefined && (word === long || word.startsWith(`${long}=`)),
    );
    if (option === undefined) break;
    if (option.required && word === option.long) first += 1;
  }
  return [...words.slice(first), ...words.slice(0, first)];
}

/** Rewrites `help pool create` to `pool create --help`: commander's own command supports only the first name. */
function withHelpOption(words: readonly string[]): readonly string[] {
  const at = words.findIndex((word) => !word.startsWith('-'));
  const isHelpCommand = words[at] === 'help' && at + 1 < words.length;
  return isHelpCommand ? [...words.filter((_, index) => index !== at), '--help'] : words;
}

function calledNameIn(words: readonly string[]): string | undefined {
  const first = words.find((word) => !word.startsWith('-'));
  return COMMAND_ENTRIES.find(({ name, alias }) => first !== undefined && [name, alias].includes(first))?.name;
}

/** Commander prints help or the version if a command is unknown and either is requested, which looks like success. */
function assertKnownCommands(program: Command, words: readonly string[]): void {
  if (!words.some((word) => ['--help', '-h', '--version', '-V'].includes(word))) return;
  let command: Command = program;
  for (const word of words.filter((each) => !each.startsWith('-'))) {
    if (command.commands.length === 0) return;
    const found = command.commands.find((each) => [each.name(), ...each.aliases()].includes(word));
    if (found === undefined) {
      const names = command.commands.map((each) => each.name());
      const meant = nearest(word, names);
      throw new UsageError(`Unknown command '${word}'.${meant === undefined ? '' : ` Did you mean ${meant}?`}`);
    }
    command = found;
  }
}

/** `commander.help`: a group was called without a command, which is a mistake. The others are requests for help. */
function helpExitCode(error: CommanderError): number {
  return error.exitCode === 0 ? EXIT_CODES.OK.code : EXIT_CODES.USAGE.code;
}

/** Usage errors refer to the help of the intended command. */
function withHelpCommand(error: unknown, helpCommand: string): unknown {
  if (error instanceof CommanderError) return toUsageError(error, helpCommand);
  return error instanceof UsageError && error.helpCommand === null ? new UsageError(error.problem, helpCommand) : error;
}

function toUsageError(error: CommanderError, helpCommand: string): UsageError {
  const [first = '', ...hints] = error.message.replace(/^error: /, '').split('\n');
  const problem = `${first.charAt(0).toUpperCase()}${first.slice(1)}`.replace(/([^.?])$/, '$1.');
  const hint = hints.map((line) => line.replace(/^\((.*)\)$/, '$1')).join(' ');
  return new UsageError([problem, hint].filter(Boolean).join(' '), helpCommand);
}

/** Returns the command line for the help of the intended command. */
function helpCommandFor(program: Command | undefined, words: readonly string[]): string {
  const path = ['worker-host'];
  let command = program;
  for (const word of words.filter((each) => !each.startsWith('-'))) {
    command = command?.commands.find((each) => [each.name(), ...each.aliases()].includes(word));
    if (command === undefined) break;
    path.push(command.name());
  }
  return `${path.join(' ')} --help`;
}

function isForScripts(words: readonly string[]): boolean {
  const format = words.findIndex((word) => word === '-o' || word === '--output');
  return (
    ['--json', '-ojson', '--output=json'].some((word) => words.includes(word)) ||
    (format >= 0 && words[format + 1] === 'json')
  );
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false', 'no', 'off'].includes(value.toLowerCase());
}
