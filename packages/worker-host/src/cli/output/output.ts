import { type Command, Option } from 'commander';
import type { CommandContext } from '../command-context.js';
import { type Column, renderTable } from './text-table.js';

/** Output formats besides the one for people. */
const FORMATS = ['wide', 'json', 'yaml', 'name'] as const;
const FORMATS_OF_ONE = ['json', 'yaml'] as const;

/** Parsed options of {@link addOutputOptions}. */
export interface OutputOptions {
  readonly output?: (typeof FORMATS)[number];
  readonly json?: boolean;
}

/** A column of a list: its cell, and whether only `-o wide` shows it. */
export interface ListColumn<T> extends Column {
  readonly cell: (item: T) => string;
  readonly isWide?: boolean;
}

/** Adds `-o wide|json|yaml|name` and `--json`, which is `-o json`. */
export function addOutputOptions(command: Command): Command {
  return command
    .addOption(
      new Option('-o, --output <format>', 'wide for more columns; json, yaml or name for scripts').choices(FORMATS),
    )
    .addOption(new Option('--json', 'the same as -o json').conflicts('output'));
}

/** Adds `-o json|yaml` and `--json` to a command that shows one object. */
export function addOutputOptionsOfOne(command: Command): Command {
  return addOutputOption(command).addOption(new Option('--json', 'the same as -o json').conflicts('output'));
}

function addOutputOption(command: Command): Command {
  return command.addOption(
    new Option('-o, --output <format>', 'print this format, for scripts').choices(FORMATS_OF_ONE),
  );
}

/** Help text of `--json` for a command that changes something. */
export interface JsonOption {
  readonly json?: boolean;
}

/** Prints the result of a command that changed something: the current state for scripts, otherwise a sentence. */
export function answer(context: CommandContext, { json }: JsonOption, value: unknown, text: string): void {
  if (json === true) context.json(value);
  else context.say(text);
}

/** Adds `-o json|yaml` to a command that has only `--json`. */
export function completeOutputOptions(context: CommandContext, command: Command): void {
  const names = command.options.map(({ long }) => long);
  if (!names.includes('--json') || names.includes('--output')) return;
  addOutputOption(command).hook('preAction', async () => {
    const { output } = command.opts<OutputOptions>();
    if (output === undefined) return;
    command.setOptionValue('json', true);
    if (output === 'yaml') await context.answerInYaml();
  });
}

/** Prints a value if JSON or YAML is requested. @returns whether it was. */
export async function printedForScripts(
  context: CommandContext,
  { output, json }: OutputOptions,
  value: unknown,
): Promise<boolean> {
  if (json !== true && output !== 'json' && output !== 'yaml') return false;
  if (output === 'yaml') await context.answerInYaml();
  context.json(value);
  return true;
}

/** Prints a list in the requested format. */
export async function printList<T>(
  context: CommandContext,
  options: OutputOptions,
  list: {
    readonly items: readonly T[];
    readonly columns: readonly ListColumn<T>[];
    /** What `-o name` prints for each, one line each. */
    readonly name: (item: T) => string;
    /** Message about an empty list, on standard error. */
    readonly empty: string;
  },
): Promise<void> {
  const { items, columns, name, empty } = list;
  if (await printedForScripts(context, options, items)) return;
  if (options.output === 'name') {
    for (const item of items) context.say(name(item));
    return;
  }
  if (items.length === 0) return context.note(empty);
  const isWide = options.output === 'wide';
  const shown = columns.filter((column) => isWide || column.isWide !== true);
  const rows = items.map((item) => shown.map(({ cell }) => cell(item)));
  context.say(renderTable(shown, rows, isWide || !context.io.stdoutIsTerminal ? undefined : context.io.columns));
}
