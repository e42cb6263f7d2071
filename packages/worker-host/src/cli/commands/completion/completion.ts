import { Argument, type Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, newCommand } from '../../command-parts.js';
import { completedCommands } from './completed-commands.js';
import { COMPLETION_SCRIPTS } from './completion-scripts.js';

/** @param wholeProgram loads every command */
export function completionCommand(context: CommandContext, wholeProgram: () => Promise<Command>): Command {
  const command = newCommand(
    'completion',
    'Prints a script for a shell that completes commands, options and their choices. It matches the installed version.',
  )
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(COMPLETION_SCRIPTS)))
    .action(async (shell: string) => {
      const write = COMPLETION_SCRIPTS[shell];
      if (write !== undefined) context.say(write(completedCommands(await wholeProgram())));
    });
  return addExamples(command, [
    ['worker-host completion bash > ~/.local/share/bash-completion/completions/worker-host', 'for bash'],
    [
      'worker-host completion zsh > ~/.zsh/completions/_worker-host',
      'for zsh, with fpath+=~/.zsh/completions in .zshrc before compinit',
    ],
    ['worker-host completion fish > ~/.config/fish/completions/worker-host.fish', 'for fish'],
  ]);
}
