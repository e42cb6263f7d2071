import { type Command, Option } from 'commander';
import type { CommandContext } from './command-context.js';
import { type Column, renderTable } from './text-table.js';

/** Forms of an answer beside the one for people. */
const FORMATS = ['wide', 'json', 'yaml', 'name'] as const;
const FORMATS_OF_ONE = ['json', 'yaml'] as const;

/** What the options of {@link addOutputOptions} say. */
export interface OutputOptions {
  readonly output?: (typeof FORMATS)[number];
  readonly json?: boolean;
}

/** A column of a list: how its cell is created, and whether only `-o wide` shows it. */
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

/** Adds `-o json|yaml` and `--json` to a command that shows one thing. */
export function addOutputOptionsOfOne(command: Command): Command {
  return addOutputOption(command).addOption(new Option('--json', 'the same as -o json').conflicts('output'));
}

function addOutputOption(command: Command): Command {
  return command.addOption(
    new Option('-o, --output <format>', 'print this format, for scripts').choices(FORMATS_OF_ONE),
  );
}

/** What `--json` says of a command that changes something. */
export interface JsonOption {
  readonly json?: boolean;
}

/** Answers a command that changed something: for scripts with what there is now, else with a sentence. */
export function answer(context: CommandContext, { json }: JsonOption, value: unknown, text: string): void {
  if (json === true) context.json(value);
  else context.say(text);
}

/** Adds `-o json|yaml` to a command that has `--json` alone. */
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

/** Prints a value where JSON or YAML is asked for. @returns whether it was. */
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

/** Prints a list in the form that is asked for. */
export async function printList<T>(
  context: CommandContext,
  options: OutputOptions,
  list: {
    readonly items: readonly T[];
    readonly columns: readonly ListColumn<T>[];
    /** What `-o name` prints of each, a line each. */
    readonly name: (item: T) => string;
    /** What is said, beside the answer, of an empty list. */
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
