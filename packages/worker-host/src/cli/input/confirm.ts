import type { Command } from 'commander';
import { InterruptedError, UsageError } from '../cli-errors.js';
import { type CommandContext, pathOf } from '../command-context.js';

/**
 * Asks for confirmation of an irreversible action.
 *
 * @param consequence a sentence that describes the action.
 * @param verb the action. Example: `Delete`.
 * @throws UsageError without a terminal, which requires --yes; InterruptedError if the answer is no.
 */
export async function confirm(
  { io }: CommandContext,
  command: Command,
  { consequence, verb }: { readonly consequence: string; readonly verb: string },
): Promise<void> {
  if (!io.stdinIsTerminal)
    throw new UsageError(`${consequence} Add --yes to confirm.`, `worker-host ${pathOf(command)} --help`);
  const answer = await io.prompt(`${consequence} ${verb}? [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new InterruptedError('Nothing was changed.');
}

/** `1 run`, `2 runs`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
