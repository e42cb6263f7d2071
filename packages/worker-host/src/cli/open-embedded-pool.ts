import type { Command } from 'commander';
import type { Administration } from './administration-port.js';
import { EmbeddedPoolOnlyError } from './cli-errors.js';
import { type CommandContext, pathOf } from './command-context.js';

/**
 * Opens the embedded pool for one command and closes it afterwards.
 *
 * @param instead what a Prefect user would do, as the beginning of a sentence
 * @throws EmbeddedPoolOnlyError when a Prefect server is configured
 */
export async function withEmbeddedPool<T>(
  context: CommandContext,
  command: Command,
  instead: string,
  use: (administration: Administration) => Promise<T>,
): Promise<T> {
  const settings = await context.settings(command);
  const { chooseControlPlane } = await import('./control-plane.js');
  const choice = chooseControlPlane(settings);
  if (choice.kind !== 'embedded') throw new EmbeddedPoolOnlyError(pathOf(command), choice.reason, instead);
  const { openAdministration } = await import('../orchestrators/embedded/administration.js');
  const administration = await openAdministration({ home: settings.home });
  try {
    return await use(administration);
  } finally {
    await administration.close();
  }
}
