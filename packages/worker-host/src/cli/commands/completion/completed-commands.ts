import type { Command } from 'commander';

/** An option for shell completion. */
export interface CompletedOption {
  /** `--pool`, and `-p` if there is one. */
  readonly names: readonly string[];
  readonly description: string;
  /** Null: it takes no value. Empty: it takes any. */
  readonly choices: readonly string[] | null;
}

/** A command for shell completion. */
export interface CompletedCommand {
  /** Empty: the program itself. */
  readonly path: readonly string[];
  readonly summary: string;
  /** Subcommands, or choices of the first argument, each with a summary. */
  readonly words: readonly { readonly word: string; readonly summary: string }[];
  readonly options: readonly CompletedOption[];
}

/** Returns every command of a program, groups before their commands. */
export function completedCommands(program: Command, path: readonly string[] = []): readonly CompletedCommand[] {
  const [first] = program.registeredArguments;
  const summaryOf = (command: Command): string => firstSentence(command.summary() || command.description());
  const words = [
    ...program.commands.map((command) => ({ word: command.name(), summary: summaryOf(command) })),
    ...(first?.argChoices ?? []).map((word) => ({ word, summary: '' })),
  ];
  const options = program.options.map((option) => ({
    names: [option.long, option.short].filter((name): name is string => typeof name === 'string'),
    description: firstSentence(option.description),
    choices: option.required || option.optional ? (option.argChoices ?? []) : null,
  }));
  const help = { names: ['--help', '-h'], description: 'print help', choices: null };
  const own = { path, summary: summaryOf(program), words, options: [...options, help] };
  const below = program.commands.flatMap((command) =>
    [command.name(), ...command.aliases()].flatMap((name) => completedCommands(command, [...path, name])),
  );
  return [own, ...below];
}

function firstSentence(text: string): string {
  return (text.split(/[.:;](?:\s|$)/, 1)[0] ?? '').replace(/\s+/g, ' ');
}
