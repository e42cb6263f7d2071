import type { Command } from 'commander';
import type { Administration } from '../../orchestrators/embedded/administration-types.js';
import { EmbeddedPoolOnlyError } from '../cli-errors.js';
import { type CommandContext, pathOf } from '../command-context.js';

/**
 * Opens the embedded pool for one command and closes it afterwards.
 *
 * @param instead the equivalent for a Prefect user, as the beginning of a sentence
 * @throws EmbeddedPoolOnlyError if a Prefect server is configured
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
  const { openAdministration } = await import('../../orchestrators/embedded/administration.js');
  const administration = await openAdministration({
    home: settings.home,
    secretKey: secretKeyOf(context),
    clock: context.io.clock,
    nowMs: () => context.io.clock.nowMs(),
  });
  try {
    return await use(administration);
  } finally {
    await administration.close();
  }
}

/** The key that encrypts secrets, only from the environment; null: the key file in the data directory. */
export function secretKeyOf(context: CommandContext): string | null {
  const key = context.io.environment.WORKER_HOST_SECRET_KEY;
  if (key === undefined || key === '') return null;
  context.secrets.add(key);
  return key;
}
