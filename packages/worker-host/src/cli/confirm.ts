import type { Command } from 'commander';
import { InterruptedError, UsageError } from './cli-errors.js';
import { type CommandContext, pathOf } from './command-context.js';

/**
 * Asks whether something is to be done that cannot be undone.
 *
 * @param consequence a sentence that says what is done.
 * @param verb what is asked, such as `Delete`.
 * @throws UsageError without a terminal: then --yes is wanted; InterruptedError where the answer is no.
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
