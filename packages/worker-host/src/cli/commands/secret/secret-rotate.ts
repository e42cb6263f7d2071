import type { Command } from 'commander';
import { UsageError } from '../../cli-errors.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { secretKeyOf, withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { counted } from '../../input/confirm.js';
import { answer, type JsonOption } from '../../output/output.js';

const NEW_KEY = 'WORKER_HOST_NEW_SECRET_KEY';

export function secretRotateCommand(context: CommandContext): Command {
  const command = newCommand(
    'rotate',
    `Encrypts all secrets with a new key: a new key file, which running workers pick up, or the one in ${NEW_KEY} ` +
      'where WORKER_HOST_SECRET_KEY is used.',
  )
    .addOption(jsonOption())
    .action((options: JsonOption) =>
      withEmbeddedPool(context, command, 'Use `prefect block`', async (administration) => {
        const newKey = newKeyOf(context);
        const secrets = await administration.rotateSecretKey(newKey);
        answer(context, options, { secrets }, `Encrypted ${counted(secrets, 'secret')} with a new key.`);
        context.note(
          newKey === null
            ? 'Earlier backups need the old key.'
            : `Start every worker again with WORKER_HOST_SECRET_KEY set to the new key. Earlier backups need the old key.`,
        );
      }),
    );
  return addExamples(command, [
    ['worker-host secret rotate', 'a new key file'],
    ['WORKER_HOST_NEW_SECRET_KEY="$(cat new.key)" worker-host secret rotate', 'from WORKER_HOST_SECRET_KEY to another'],
  ]);
}

/** Null: the key is a file. @throws UsageError */
function newKeyOf(context: CommandContext): string | null {
  const newKey = context.io.environment[NEW_KEY] ?? '';
  if (newKey !== '') context.secrets.add(newKey);
  if (secretKeyOf(context) === null) {
    if (newKey !== '') throw new UsageError(`${NEW_KEY} requires WORKER_HOST_SECRET_KEY; this pool uses a key file.`);
    return null;
  }
  if (newKey === '') throw new UsageError(`WORKER_HOST_SECRET_KEY is set: set ${NEW_KEY} to the new key.`);
  return newKey;
}
